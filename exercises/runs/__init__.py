"""A run from launch to findings: its folder, its child process, whose turn it is.

Begin at `store.py`, the run folder; `launch.py` starts and stops, `worker.py` is the child.
"""
