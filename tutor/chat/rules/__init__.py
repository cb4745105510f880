"""Answers without a language model, put together from lessons and code.

Begin at `intents.py`, the table of what a question can want; `thresholds.py` holds every number that decides.
"""
