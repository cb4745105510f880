"""Spaced review: when each concept is due, by FSRS over the log of answers.

Begin at `memory.py`.
"""
