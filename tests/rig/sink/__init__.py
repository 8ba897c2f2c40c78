"""The backend that a cloud calls back: `python -m tests.rig.sink`, with a clock of its own.

`process` starts and reads it, `answers` says what it answers, `stamping` reads requests with the
instant at which they arrived, `steadiness` tells how exact that is.
"""
