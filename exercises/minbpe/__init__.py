"""Byte pair encoding. Read `model.py`, run `train.py`."""
