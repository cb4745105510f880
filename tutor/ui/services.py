"""Everything that the pages stand on, built once a process and shared by all tabs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from exercises.runs import Run, list_runs
from knowledge.curriculum import Curriculum
from tutor.chat.bench import Bench
from tutor.chat.builtin import BuiltinTutor
from tutor.chat.conversations import Conversations
from tutor.chat.service import ChatService
from tutor.database import Database, open_database
from tutor.library import KnowledgeService, link_to
from tutor.settings import Settings, load_settings
from tutor.study.explain import Explanations
from tutor.study.path import Step, steps
from tutor.study.record import LearnerRecord


@dataclass(frozen=True)
class Services:
    """The parts of the tutor, ready to use."""

    settings: Settings
    database: Database
    knowledge: KnowledgeService
    bench: Bench
    conversations: Conversations
    chat: ChatService
    record: LearnerRecord
    explanations: Explanations

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

    def runs(self) -> list[Run]:
        """All runs, newest first."""
        return list_runs(self.home)

    @cached_property
    def concept_of_experiment(self) -> dict[str, str]:
        """Which concept an experiment is about."""
        return {name: experiment.concept for name, experiment in self.bench.experiments.items()}


@st.cache_resource(show_spinner="Opening your record")
def services() -> Services:
    """Build the services. Raises SettingsError, DatabaseError or ExerciseError."""
    settings = load_settings()
    database = open_database(settings)
    knowledge = KnowledgeService(settings)
    knowledge.start()
    bench = Bench.load()
    conversations = Conversations(database, settings.learner)
    tutor = BuiltinTutor(knowledge, bench, link_to(settings))
    return Services(
        settings=settings,
        database=database,
        knowledge=knowledge,
        bench=bench,
        conversations=conversations,
        chat=ChatService(conversations, tutor),
        record=LearnerRecord(database, settings.learner),
        explanations=Explanations(database, settings.learner),
    )


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
