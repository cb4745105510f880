"""What the tutor knows, kept open: lessons, words at once, meaning as soon as the index stands.

The index is opened or built in the background and refreshed when files change. A question asked before it is
ready is answered from words alone, and says so.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from exercises.faults import Work, boundary
from exercises.upstream.workspace import clones
from knowledge.content.curriculum import Curriculum, load_curriculum
from knowledge.embedding.embedder import Embedder, embedder_for
from knowledge.errors import KnowledgeError
from knowledge.index.build import build
from knowledge.index.fingerprint import fingerprint
from knowledge.index.pack import open_pack, vectors_of
from knowledge.ingest.sources import Corpus, Source, list_files, our_own
from knowledge.search.answer_bank import AnswerBank, KnownAnswer, read_answers
from knowledge.search.library import Library, WordsLibrary
from tutor.chat import citations
from tutor.corpus import documents, transcripts
from tutor.settings import PROJECT, Settings

log = logging.getLogger(__name__)
WORK = Work(
    "The index could not be brought up to date.",
    "Everything else works; what is asked is found by words.",
    "It is tried again by itself.",
)
TRY_AGAIN = 120.0  # seconds after which an index that could not be written is tried again
LOOK_EVERY = 15.0  # seconds between two looks at whether a file has changed
OPENING = 5.0  # seconds that an index may take to open before a question goes to the files themselves
PAGE_FIRST = 1.5  # seconds in which the page and a first answer by words are not held up by loading the model
LAST_WAIT = 10.0  # seconds that a build has to end when the service is closed
State = Literal["words", "building", "ready", "failed"]


@dataclass(frozen=True)
class Progress:
    """How far the index is. `words`: not begun; `failed`: words alone from now on, and `error` says why."""

    state: State
    done: int = 0
    total: int = 0
    what: str = ""
    error: str = ""

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return 1.0 if self.state == "ready" else self.done / self.total if self.total else 0.0


class KnowledgeService:
    """Lessons and library of one project, for all threads; `start` does the slow part in the background."""

    def __init__(self, settings: Settings, project: Path = PROJECT) -> None:
        self._settings = settings
        self._project = project
        self._lock = threading.Lock()
        self._curriculum: Curriculum | None = None
        self._words: WordsLibrary | None = None
        self._full: Library | None = None
        self._answers: AnswerBank | None = None
        self._progress = Progress("words")
        self._listener: Callable[[Progress], None] = lambda progress: None
        self._looked = threading.Event()  # whether there soon is an index has been seen, and it is open
        self._settled = threading.Event()
        self._closed = threading.Event()
        self._look = threading.Event()
        self._behind = False  # a source that the index does not hold yet is being taken in
        self._thread: threading.Thread | None = None

    @property
    def curriculum(self) -> Curriculum:
        """The lessons as they are now; broken files are left out and listed in `problems`."""
        with self._lock:
            if self._curriculum is None:
                self._curriculum = load_curriculum(self._project / "knowledge" / "lessons")
            return self._curriculum

    @property
    def library(self) -> citations.Library:
        """The best library there is at this moment: what was just cloned is found by words at once."""
        if self._thread is not None and self._full is None:
            # an index that is opened, or built from the pack, is there sooner than the files are read again
            self._looked.wait(OPENING)
        if self._full is not None and not self._behind:
            return self._full
        with self._lock:
            if self._words is None:
                self._words = WordsLibrary(self.corpus())
            return self._words

    @property
    def answers(self) -> AnswerBank:
        """The written answers, compared by words until their vectors are there."""
        with self._lock:
            if self._answers is None:
                self._answers = AnswerBank(self._known_answers(), None)
            return self._answers

    def _known_answers(self) -> tuple[KnownAnswer, ...]:
        try:
            return read_answers(self.corpus())
        except KnowledgeError as error:  # the lessons themselves still answer
            log.warning("the frequent questions are left out: %s", error)
            return ()

    def _compare_answers_by_meaning(self, embedder: Embedder, at_once: bool = False) -> bool:
        """Compare the written answers by meaning; `at_once` only where their vectors ship, or it would take long.

        Returns whether they are compared so now.
        """
        pack = open_pack(self.corpus().pack, embedder.name)
        if at_once and not pack.rows:
            return False
        bank = AnswerBank(self._known_answers(), lambda texts: vectors_of(texts, pack, embedder))
        with self._lock:
            self._answers = bank
        return True

    @property
    def progress(self) -> Progress:
        """How far the index is."""
        return self._progress

    @property
    def notice(self) -> str:
        """What an answer has to say about the state of the library; empty when it is whole."""
        if self._full is not None and not self._behind:
            return ""
        if self._progress.state == "failed":
            return f"Found by words alone, without the search by meaning: {self._progress.error}"
        if not self._progress.total:
            return "The search by meaning is still being loaded: this was found by words alone."
        share = f"{self._progress.share:.0%}"
        return f"The index is still being built ({share}): this was found by words alone."

    def corpus(self) -> Corpus:
        """What is indexed: the lessons, the exercises, and those of Karpathy's repositories that are here."""
        more = [Source(clone.name, clone) for clone in clones(self._settings.upstream_folder)]
        if self._settings.transcripts.is_dir():
            more.append(Source(transcripts.SOURCE, self._settings.transcripts))
        if (hers := documents.text_folder(self._settings.documents)).is_dir():
            more.append(Source(documents.SOURCE, hers))
        return our_own(self._project, *more)

    def start(self) -> None:
        """Open or build the index in the background, then keep it fresh. A second call does nothing."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, name="knowledge", daemon=True)
                self._thread.start()

    def prepare(self, report: Callable[[Progress], None]) -> None:
        """Open or build the index here and now, telling `report` how far it is."""
        self._listener = report
        self._bring_up_to_date()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the index is ready or has failed; False when neither came in time."""
        return self._settled.wait(seconds)

    def look(self) -> None:
        """Look for changes now rather than at the next turn; for who has just made some."""
        self._reread()  # words find them even while a first index is still being built
        self._look.set()

    def close(self) -> None:
        """Stop looking for changes; a build that is under way has a few seconds to end."""
        self._closed.set()
        self._look.set()
        if self._thread is not None:
            self._thread.join(LAST_WAIT)

    def _keep(self) -> None:
        seen, again = "", float("inf")
        while not self._closed.is_set():
            now = self._mark()
            if now != seen or time.monotonic() > again:
                if seen and self._full is None:
                    self._reread()
                self._bring_up_to_date()
                if seen:
                    self._reread()  # not before: lessons and citations are to say the same
                seen = now
                again = time.monotonic() + TRY_AGAIN if self._progress.state == "failed" else float("inf")
            self._look.wait(LOOK_EVERY)
            self._look.clear()

    def _mark(self) -> str:
        """Changes when a file that is indexed does."""
        try:
            return fingerprint(self.corpus(), "")
        except OSError as error:  # a file that went while it was looked at: the next look sees the rest
            return f"unreadable: {error}"

    def _reread(self) -> None:
        with self._lock:
            self._curriculum = None
            self._words = None

    def _bring_up_to_date(self) -> None:
        work = replace(WORK, home=self._settings.home)
        try:
            with boundary(work, lambda fault: self._give_up(fault.sentence)):
                self._open_and_build()
        finally:
            self._looked.set()
            self._settled.set()

    def _open_and_build(self) -> None:
        try:
            self._tell(Progress("building", what="Opening the index"))
            embedder = embedder_for(self._settings.embedding_model or None)
            compared = self._compare_answers_by_meaning(embedder, at_once=True)
            library = self._full or Library(self._settings.index, embedder)
            if self._full is None and _opens(library):
                with self._lock:
                    self._words = WordsLibrary(library.snapshot())
                self._looked.set()
                if self._thread is not None:
                    self._closed.wait(PAGE_FIRST)
                embedder.load()  # before it is offered: else the first question would wait for the model
                self._full = library
            if self._full is not None and self._lacks(self._full):
                self._reread()
                self._behind = True
            build(self.corpus(), self._settings.index, embedder, self._report)
            embedder.load()
            library.snapshot()
            self._behind = self._lacks(library)  # more may have been cloned meanwhile
            self._full = library
            if not compared:
                self._compare_answers_by_meaning(embedder)
            self._tell(Progress("ready"))
        except (KnowledgeError, OSError) as error:
            self._give_up(str(error))

    def _give_up(self, why: str) -> None:
        log.warning("the index could not be brought up to date: %s", why)
        self._tell(Progress("failed", error=why))

    def _lacks(self, library: Library) -> bool:
        """Whether a source with something to index is there that an index does not hold."""
        held = {document.source for document in library.contents.documents.values()}
        return any(list_files(source) for source in self.corpus().sources if source.name not in held)

    def _tell(self, progress: Progress) -> None:
        self._progress = progress
        self._listener(progress)

    def _report(self, done: int, total: int, what: str) -> None:
        if total:  # texts that the pack does not have: this takes longer than reading the files
            self._looked.set()
        self._tell(Progress("building", done, total, what))


def _opens(library: Library) -> bool:
    """Whether there is an index that can be read; a damaged one is built anew, so it is only logged."""
    try:
        library.snapshot()
    except KnowledgeError as error:
        log.info("no index to open: %s", error)
        return False
    return True
