"""Texts into vectors: with sentence-transformers, and questions without torch.

Begin at `embedder.py`, the one door to sentence-transformers; `minilm.py` is the same network in numpy.
"""
