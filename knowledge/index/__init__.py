"""An index on disk: built and refreshed, read back, its vectors computed, stored, or asked of a Chroma server.

Begin at `build.py`; `chroma.py` is the one door to Chroma.
"""
