"""Backpropagation on single numbers. Read `model.py`, run `train.py`."""
