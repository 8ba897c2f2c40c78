"""The local cloud behind ``make run``: the production stack on an emulated AWS, on one origin.

``run`` is the sequence; ``choices`` what the environment says; ``emulator`` (with ``mended``,
``child``, ``lifeline``) the emulated AWS; ``stack`` what is deployed there; ``front`` (with
``gateway_answers``) the one origin; ``sample_backend`` what answers callbacks when nobody else
does; ``state`` what survives a stop; ``greeting`` what a person reads.
"""
