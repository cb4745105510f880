"""From files to passages, and to the texts by which each passage is found.

Begin at `contents.py`; `sources.py` says what is read, `chunking/` how it is cut.
"""
