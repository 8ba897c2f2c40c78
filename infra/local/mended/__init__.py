"""MiniStack 1.5.33 with what this service needs mended; runs in .cloud, never imported from .venv.

Each module mends one part by replacing private names (requirements.txt pins the version), and
says what is wrong there: ``timing``, ``batches``, ``expressions``, ``garbage``, ``permissions``,
``queries`` (with ``partitions``, ``ordered_rows`` and ``key_ranges``), ``queues``, ``rest``,
``saved_state``, ``statements`` and ``workers``. ``recorder`` (with ``accesses``) mends nothing: it
writes down what is used, where that is wanted; nor does ``faults`` (with ``partial_batches``): it
breaks it.
"""
