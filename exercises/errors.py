"""What can go wrong in this room, drawn as a tree.

ExerciseError            base: the message says what happened and what to do next
├── KnobError            a setting that does not exist or lies outside its range
├── DataError            a text that is missing, empty, unreadable or cannot be downloaded
├── DeviceError          a device that this machine or this build of torch does not have
├── RunError             a run folder that is missing, busy or damaged
├── OutsideError         a name that leads out of the folder it is looked up in
├── TrashError           something that cannot be moved to the trash or back
└── TooLongError         a run that could not end in a sensible time, with the arithmetic
"""

from __future__ import annotations


class ExerciseError(Exception):
    """Base of every error that this room raises on purpose."""


class KnobError(ExerciseError):
    """A setting that does not exist or lies outside its range."""


class DataError(ExerciseError):
    """A text that is missing, empty, unreadable or cannot be downloaded."""


class DeviceError(ExerciseError):
    """A device that this machine or this build of torch does not have."""


class RunError(ExerciseError):
    """A run folder that is missing, busy or damaged."""


class OutsideError(ExerciseError):
    """A name that is a path, a link or no name at all: it leads out of the folder it is looked up in."""


class TrashError(ExerciseError):
    """Something that cannot be moved to the trash or back; it stays where it is."""


class TooLongError(ExerciseError):
    """A run that could not end in a sensible time; the message shows the arithmetic."""
