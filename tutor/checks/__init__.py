"""Checks: whether rooms fit together (`consistency.py`), and what is wrong with this machine (`doctor.py`)."""
