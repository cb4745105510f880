"""From a question to ranked passages, and to how sure that is.

Begin at `library.py`; `ranking.py` brings meaning, words and literal matches to one order.
"""
