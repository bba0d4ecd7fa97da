"""What the worker does: the loop, what a job is handed, and one module or folder a job.

A job is `(args, run) -> result`, all three small; it may be killed at any moment and
is then run again, so whatever it does must bear being done twice. Knows nothing of
web pages: the two meet in the tables.
"""
