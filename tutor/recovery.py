"""What a start of the app does first: half-done work is undone and said, and the trash is emptied of what is old."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from exercises.trash import purge
from exercises.upstream.workspace import undo_partial
from tutor.corpus import documents
from tutor.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Undone:
    """Sentences about what was cut off when the tutor ended and has been undone, for the pages that it is of."""

    documents: tuple[str, ...] = ()
    clones: tuple[str, ...] = ()


def undo_half_done(settings: Settings) -> Undone:
    """Undo documents that were being read and repositories that were being cloned; purge the trash.

    What another process is at work on is left alone. A disk that does not allow it keeps no page from opening.
    """
    purge(settings.home, datetime.now(UTC))
    return Undone(
        _said(lambda: documents.undo_unread(settings.documents)),
        _said(lambda: undo_partial(settings.upstream_folder)),
    )


def _said(undo: Callable[[], list[str]]) -> tuple[str, ...]:
    try:
        return tuple(undo())
    except OSError as error:
        log.warning("what was half done could not be undone: %s", error)
        return ()
