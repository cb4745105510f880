"""Quizzes: items, which of them make a sitting, how an answer is graded.

Begin at `sittings.py`.
"""
