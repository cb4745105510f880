"""Experiments as the learner does them: a prediction, runs, what came true.

Begin at `experiments.py`.
"""
