"""How well the search finds: questions with their right passages, metrics, the usual recipe beside ours.

Begin at `metrics.py`.
"""
