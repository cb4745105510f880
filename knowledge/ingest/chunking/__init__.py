"""Files into passages: by symbol, heading, notebook cell, subtitle or paragraph.

Begin at `split.py`, which knows which kind goes where.
"""
