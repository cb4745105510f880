"""Our content as data: curriculum, notes, comparisons; where symbols stand; whether all of it holds together.

Begin at `curriculum.py`; `validate.py` is `python -m knowledge check`.
"""
