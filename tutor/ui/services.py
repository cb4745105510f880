"""Everything that the pages stand on, built once a process and shared by all tabs."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from pydantic import SecretStr

from exercises.faults import Work, boundary
from exercises.runs.store import Run, list_runs
from exercises.upstream.running import PROGRAMS
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
from tutor.settings import Settings, load_settings
from tutor.store.database import Database, open_database
from tutor.study.explain.explanations import Explanations
from tutor.study.progress.mastery import Mastery, mastery
from tutor.study.progress.path import Step, steps
from tutor.study.progress.record import LearnerRecord
from tutor.study.progress.struggles import Struggle, Struggles

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
class Services:
    """The parts of the tutor, ready to use."""

    settings: Settings
    database: Database
    knowledge: KnowledgeService
    catalog: RunCatalog
    conversations: Conversations
    chat: ChatService
    record: LearnerRecord
    explanations: Explanations
    deps: AgentDeps
    spending: Spending
    answering: Answering
    undone: Undone

    @property
    def home(self) -> Path:
        """Where her things are kept."""
        return self.settings.home

    @property
    def curriculum(self) -> Curriculum:
        """The lessons as they are now."""
        return self.knowledge.curriculum

    def struggles(self) -> list[Struggle]:
        """What the tutor remembers that she finds hard."""
        return _struggles(self.record, self.catalog, self.knowledge)

    @cached_property
    def path(self) -> tuple[Step, ...]:
        """All steps of the course."""
        return steps(self.curriculum)

    def runs(self) -> list[Run]:
        """All runs, newest first."""
        return list_runs(self.home)

    def mastery(self) -> dict[str, Mastery]:
        """How well she knows each concept, by her record."""
        return _known(self.record, self.catalog)

    def fit_memory(self) -> None:
        """Look in the background whether her answers ask for new parameters of memory, and fit them."""
        name = f"fit-memory-{self.settings.learner}"
        if not any(thread.name == name for thread in threading.enumerate()):
            threading.Thread(target=_fit, args=(self.record,), name=name, daemon=True).start()

    def choose_tutor(self, settings: Settings, key: SecretStr | None = None) -> None:
        """Let the next question go to the model that these settings ask for, else to the built-in tutor."""
        builtin = BuiltinTutor(self.knowledge, self.catalog, link_to(settings))
        self.chat.tutor = make_tutor(settings, builtin, self.deps, self.spending, key)
        self.answering.settings, self.answering.key = settings, key


@st.cache_resource(show_spinner="Opening your record")
def services() -> Services:
    """Build the services. Raises SettingsError, DatabaseError or ExerciseError."""
    settings = load_settings()
    database = open_database(settings)
    undone = undo_half_done(settings)
    knowledge = KnowledgeService(settings)
    knowledge.start()
    catalog = RunCatalog.load(settings.home)
    conversations = Conversations(database, settings.learner)
    record = LearnerRecord(database, settings.learner)
    link = link_to(settings)
    built = Services(
        settings=settings,
        database=database,
        knowledge=knowledge,
        catalog=catalog,
        conversations=conversations,
        chat=ChatService(conversations, BuiltinTutor(knowledge, catalog, link), settings.home),
        record=record,
        explanations=Explanations(database, settings.learner),
        deps=AgentDeps(
            knowledge,
            catalog,
            settings.home,
            lambda: _progress(record, catalog),
            link,
            struggles=lambda: "\n".join(f"- {one.text}" for one in _struggles(record, catalog, knowledge)),
        ),
        spending=Spending(database, settings.learner),
        answering=Answering(settings),
        undone=undone,
    )
    # looking for a kept key asks the system's keyring, which may take its time
    threading.Thread(target=_choose, args=(built,), name="choose-tutor", daemon=True).start()
    built.fit_memory()
    return built


def _choose(built: Services) -> None:
    with boundary(CHOOSING, lambda fault: log.error("%s", fault.sentence)):
        built.choose_tutor(built.settings)


def _fit(record: LearnerRecord) -> None:
    with boundary(FITTING, lambda fault: log.error("%s", fault.sentence)):
        try:
            record.fit_memory()
        except TutorError as error:  # the pages say what is wrong with the record; a fit can wait
            log.warning("her memory was not fitted: %s", error)


def _known(record: LearnerRecord, catalog: RunCatalog) -> dict[str, Mastery]:
    return mastery(record.evidence(catalog.concept_of_experiment))


def _struggles(record: LearnerRecord, catalog: RunCatalog, knowledge: KnowledgeService) -> list[Struggle]:
    titles = {name: concept.title for name, concept in knowledge.curriculum.concepts.items()}
    return Struggles(record).lines(_known(record, catalog), titles)


def _progress(record: LearnerRecord, catalog: RunCatalog) -> str:
    """Her record in a line or two, for a model that teaches her."""
    known = _known(record, catalog)
    lines = [
        f"{level}: {', '.join(sorted(name for name, one in known.items() if one.level == level))}"
        for level in ("shaky", "solid")
        if any(one.level == level for one in known.values())
    ]
    return "\n".join(lines) or "She has not answered anything yet."


def her_zone() -> tzinfo:
    """The time zone of her browser, UTC where it does not say."""
    try:
        return ZoneInfo(st.context.timezone) if st.context.timezone else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def when(moment: datetime) -> str:
    """A moment as she would write it: today 14:05, yesterday, 3 Nov."""
    there = moment.astimezone(her_zone())
    days = (datetime.now(her_zone()).date() - there.date()).days
    if days == 0:
        return f"today {there:%H:%M}"
    return "yesterday" if days == 1 else f"{there.day} {there:%b}" + (f" {there.year}" if days > 300 else "")


def run_title(run: Run) -> str:
    """What a run is, in a few words."""
    if run.damaged:
        return f"Damaged run {run.id}"
    known = services().catalog.exercises.get(run.exercise) or PROGRAMS.get(
        run.exercise.removeprefix("upstream-")
    )
    name = known.title if known else run.exercise
    variant = run.extra.get("variant")
    return f"{name}: {variant}" if variant else name
