"""The queues that bench/tasks.py compares, one module each, all alike to whoever measures."""
