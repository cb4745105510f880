"""Errors explained: a pasted traceback, an installer's complaint or the log of a failed run, recognized.

`table/*.yaml` holds the entries, `table.py` their shape, `reading.py` what can be read from an output, and
`recognition.py` chooses the entry that fits best, or none.
"""

from exercises.failures.reading import Frame, Setting, last_frame, read_setting, this_system
from exercises.failures.recognition import Failure, cause, looks_like_error, recognize
from exercises.failures.table import Entry, load_table

__all__ = [
    "Entry",
    "Failure",
    "Frame",
    "Setting",
    "cause",
    "last_frame",
    "load_table",
    "looks_like_error",
    "read_setting",
    "recognize",
    "this_system",
]
