"""The boundary as pages use it: around the whole page, and around what Streamlit calls by itself.

A fragment, a dialog and a callback are called again without the page: each needs a boundary of its own.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import ParamSpec

import streamlit as st

from exercises.errors import ExerciseError
from exercises.faults import Fault, Work, boundary
from knowledge.errors import KnowledgeError
from tutor.errors import TutorError
from tutor.quoting import as_markdown

P = ParamSpec("P")
EXPECTED = (TutorError, KnowledgeError, ExerciseError)
log = logging.getLogger(__name__)
WORK = Work(
    "This could not be shown or done.",
    "What had been stored is kept.",
    "Try again, or open another page.",
)


def shown() -> AbstractContextManager[None]:
    """Around something that draws: an error of ours in its own words, anything else in those of the boundary."""
    return boundary(WORK, _tell)


def guarded(draw: Callable[P, object]) -> Callable[P, None]:
    """A fragment, a dialog or a callback inside the boundary."""

    @functools.wraps(draw)
    def safe(*args: P.args, **kwargs: P.kwargs) -> None:
        with shown():
            try:
                draw(*args, **kwargs)
            except EXPECTED as error:
                say(str(error))

    return safe


def say(sentence: str) -> None:
    """An error on the page."""
    st.error(as_markdown(sentence), icon=":material/error:")


def _tell(fault: Fault) -> None:
    log.error("%s", fault.sentence)
    say(fault.sentence)
