"""What the verbs need from the world: narrow Protocols, each kept by tests/contract.

Adapters raise `RetryableError` where the world does not answer, and `OperatorError` where a
person has to act; nothing above them sees a vendor's exception.
"""
