"""Its requests come by plain HTTP from this machine, which policies that ask for TLS may let in."""

from ministack.core import iam_evaluator

_CONDITION = "aws:securetransport"


def mend() -> None:
    """Say of every request that it was encrypted: nothing but the loopback reaches us."""
    value_of = iam_evaluator._resolve_condition_key

    def value(key: str, context: iam_evaluator.EvalContext) -> object:
        return "true" if key.lower() == _CONDITION else value_of(key, context)

    iam_evaluator._resolve_condition_key = value
