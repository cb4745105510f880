"""Explaining it back: prompts with a rubric, the learner's words held against it, with a model or without.

Begin at `explanations.py`.
"""
