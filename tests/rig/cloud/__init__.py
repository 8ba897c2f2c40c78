"""The service on an emulated AWS of this machine, with its backend and its processes.

`local` (what `make run` runs), `bare` (an emulated AWS, nothing deployed), `unpacked` (functions
as Lambda starts them), `lambda_workers` (the processes), `stage` and `service` (a cloud, its
backend and its caller, for benches and for tests).
"""
