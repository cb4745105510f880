"""The one error of this room."""


class KnowledgeError(Exception):
    """Something about lessons, sources or the index is wrong; the message says what, and what to do next."""
