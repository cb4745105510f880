"""What can go wrong in the tutor, as one tree. Every message says what happened and what to do next.

TutorError
├── SettingsError             a setting is unknown or has a value that cannot be
├── QuestionError             the question is empty or too long to be one
├── NotFoundError             no conversation (message, sitting …) with this id
├── BusyError                 the conversation is still writing its last answer
├── ModelError                a language model refused, failed or could not be reached
└── DatabaseError             conversations and progress could not be read or stored
    ├── DatabaseLockedError   another program holds it
    ├── DatabaseReadOnlyError it may not be written
    ├── DatabaseCorruptError  it is damaged, or no database at all
    ├── DatabaseNewerError    a newer version of the tutor wrote it
    └── DiskFullError         there is no room left
"""


class TutorError(Exception):
    """Base of everything that the tutor raises on purpose; its text can be shown as it is."""


class SettingsError(TutorError):
    """A setting is unknown or has a value that cannot be."""


class QuestionError(TutorError):
    """The question is empty or too long to be one."""


class NotFoundError(TutorError):
    """There is no row with this id, or it belongs to another learner."""


class BusyError(TutorError):
    """The conversation is still writing its last answer."""


class ModelError(TutorError):
    """A language model refused, failed or could not be reached."""


class DatabaseError(TutorError):
    """Conversations and progress could not be read or stored."""


class DatabaseLockedError(DatabaseError):
    """Another program holds the database."""


class DatabaseReadOnlyError(DatabaseError):
    """The database may not be written."""


class DatabaseCorruptError(DatabaseError):
    """The database is damaged, or the file is something else."""


class DatabaseNewerError(DatabaseError):
    """A newer version of the tutor wrote this database."""


class DiskFullError(DatabaseError):
    """There is no room left on the disk."""
