"""The one place where the parts meet: the pages, the command line, the evaluation and MCP all begin with `build`.

`App` holds what all learners share, `Learner` what hangs on one of them.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from exercises.faults import Work, boundary
from exercises.runs.store import Run, list_runs
from knowledge.content.curriculum import Curriculum
from tutor.chat.conversations import Conversations
from tutor.chat.llm.agent import AgentDeps
from tutor.chat.llm.selection import make_tutor
from tutor.chat.llm.usage import Spending
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.service import ChatService
from tutor.corpus.clones import link_to
from tutor.corpus.service import KnowledgeService
from tutor.errors import TutorError
from tutor.recovery import Undone, undo_half_done
from tutor.run_catalog import RunCatalog
from tutor.settings import Settings
from tutor.store.database import Database, open_database
from tutor.study.explain.explanations import Explanations
from tutor.study.progress.mastery import Mastery, mastery
from tutor.study.progress.path import Step, steps
from tutor.study.progress.record import LearnerRecord
from tutor.study.progress.struggles import Struggle, Struggles

if TYPE_CHECKING:
    from pydantic import SecretStr

log = logging.getLogger(__name__)
CHOOSING = Work("The model could not be chosen.", "The built-in tutor answers.", "Look at the settings page.")
FITTING = Work(
    "Her memory was not fitted.", "Her record is as it was.", "It is tried again at the next start."
)


@dataclass
class Answering:
    """Who answers, as it was last chosen on the settings page: for all windows, until the app ends."""

    settings: Settings
    key: SecretStr | None = None


@dataclass(frozen=True)
class Learner:
    """What hangs on one learner: her record, her conversations, and who answers in them."""

    record: LearnerRecord
    conversations: Conversations
    explanations: Explanations
    spending: Spending
    chat: ChatService
    answering: Answering


@dataclass(frozen=True)
class App:
    """What all learners share, and the learner whom the settings name.

    Nothing runs before `start`, and the database is opened when something of hers is first asked for: a command
    that only reads lessons works without one. `database` and `learner` raise DatabaseError; threads may use
    them once one has, as `start` does.
    """

    settings: Settings
    knowledge: KnowledgeService
    catalog: RunCatalog

    @property
    def home(self) -> Path:
        """Where her things are kept."""
        return self.settings.home

    @property
    def curriculum(self) -> Curriculum:
        """The lessons as they are now."""
        return self.knowledge.curriculum

    @cached_property
    def path(self) -> tuple[Step, ...]:
        """All steps of the course."""
        return steps(self.curriculum)

    @cached_property
    def builtin(self) -> BuiltinTutor:
        """Who answers without a model, from the lessons, the code and her runs."""
        return BuiltinTutor(self.knowledge, self.catalog, link_to(self.settings))

    @cached_property
    def database(self) -> Database:
        """Conversations and records of all learners."""
        return open_database(self.settings)

    @cached_property
    def undone(self) -> Undone:
        """What was half done when the app last ended; the first look undoes it."""
        return undo_half_done(self.settings)

    @cached_property
    def learner(self) -> Learner:
        """The learner whom the settings name; the built-in tutor answers her until `choose_tutor`."""
        database, name = self.database, self.settings.learner
        conversations = Conversations(database, name)
        return Learner(
            record=LearnerRecord(database, name),
            conversations=conversations,
            explanations=Explanations(database, name),
            spending=Spending(database, name),
            chat=ChatService(conversations, self.builtin, self.home),
            answering=Answering(self.settings),
        )

    def start(self) -> None:
        """Undo what was half done; keep the index fresh, choose who answers and fit her memory in threads.

        Raises DatabaseError before anything runs.
        """
        self.fit_memory()  # opens the database, and so comes first
        for said in (*self.undone.documents, *self.undone.clones):
            log.info("%s", said)
        self.knowledge.start()
        # looking for a kept key asks the system's keyring, which may take its time
        threading.Thread(target=self._choose, name="choose-tutor", daemon=True).start()

    def close(self) -> None:
        """End what `start` began and close the database, where it was opened."""
        self.knowledge.close()
        if "database" in self.__dict__:
            self.database.close()

    def runs(self) -> list[Run]:
        """All runs, newest first."""
        return list_runs(self.home)

    def mastery(self) -> dict[str, Mastery]:
        """How well she knows each concept, by her record."""
        return mastery(self.learner.record.evidence(self.catalog.concept_of_experiment))

    def struggles(self) -> list[Struggle]:
        """What the tutor remembers that she finds hard."""
        titles = {name: concept.title for name, concept in self.curriculum.concepts.items()}
        return Struggles(self.learner.record).lines(self.mastery(), titles)

    def choose_tutor(self, settings: Settings, key: SecretStr | None = None) -> None:
        """Let the next question go to the model that these settings ask for, else to the built-in tutor."""
        deps = AgentDeps(
            self.knowledge,
            self.catalog,
            self.home,
            self._progress,
            link_to(self.settings),
            struggles=lambda: "\n".join(f"- {one.text}" for one in self.struggles()),
        )
        hers = self.learner
        hers.chat.tutor = make_tutor(settings, self.builtin, deps, hers.spending, key)
        hers.answering.settings, hers.answering.key = settings, key

    def fit_memory(self) -> None:
        """Look in the background whether her answers ask for new parameters of memory, and fit them."""
        name = f"fit-memory-{self.settings.learner}"
        if not any(thread.name == name for thread in threading.enumerate()):
            threading.Thread(target=_fit, args=(self.learner.record,), name=name, daemon=True).start()

    def _choose(self) -> None:
        with boundary(CHOOSING, lambda fault: log.error("%s", fault.sentence)):
            self.choose_tutor(self.settings)

    def _progress(self) -> str:
        """Her record in a line or two, for a model that teaches her."""
        known = self.mastery()
        lines = [
            f"{level}: {', '.join(sorted(name for name, one in known.items() if one.level == level))}"
            for level in ("shaky", "solid")
            if any(one.level == level for one in known.values())
        ]
        return "\n".join(lines) or "She has not answered anything yet."


def build(settings: Settings) -> App:
    """Put the parts together; nothing is started. Raises ExerciseError when an exercise is broken."""
    return App(settings, KnowledgeService(settings), RunCatalog.load(settings.home))


def _fit(record: LearnerRecord) -> None:
    with boundary(FITTING, lambda fault: log.error("%s", fault.sentence)):
        try:
            record.fit_memory()
        except TutorError as error:  # the pages say what is wrong with the record; a fit can wait
            log.warning("her memory was not fitted: %s", error)
