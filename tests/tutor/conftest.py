import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from exercises.upstream.repositories import REPOSITORIES
from knowledge.ingest.sources import our_own
from knowledge.search.library import WordsLibrary
from tests.tutor.asking import KEY, NAME
from tests.tutor.scripted_claude import Claude, serving
from tutor.chat.conversations import Conversations
from tutor.chat.llm.agent import AgentDeps, AgentTutor
from tutor.chat.llm.client import open_model
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.types import Answer, Delta, Done, Event, Status, Turn
from tutor.corpus.service import KnowledgeService
from tutor.run_catalog import RunCatalog
from tutor.settings import PROJECT, Settings, load_settings
from tutor.store.database import Database, open_database


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    return load_settings(home=tmp_path / "home of hers")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = open_database(settings)
    yield database
    database.close()


@pytest.fixture
def conversations(database: Database, settings: Settings) -> Conversations:
    return Conversations(database, settings.learner)


def make_clone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make what lies in a folder a clone of nanoGPT, whose commit is the one that is known."""
    for arguments in (
        ("init", "--quiet"),
        ("remote", "add", "origin", "https://github.com/karpathy/nanoGPT"),
        ("add", "."),
        ("-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "x"),
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True
    )
    nanogpt = replace(REPOSITORIES["nanoGPT"], commit=head.stdout.strip())
    monkeypatch.setitem(REPOSITORIES, "nanoGPT", nanogpt)


class Scripted:
    """A tutor that says what it was given, at the pace it was given."""

    def __init__(self, words: Sequence[str], pause: float = 0.0, fault: Exception | None = None) -> None:
        self.words = words
        self.pause = pause
        self.fault = fault
        self.heard: list[tuple[Turn, ...]] = []

    def answer(self, question: str, history: Sequence[Turn]) -> Iterator[Event]:
        self.heard.append(tuple(history))
        yield Status("Thinking")
        for word in self.words:
            time.sleep(self.pause)
            yield Delta(word)
        if self.fault is not None:
            raise self.fault
        yield Done(Answer("".join(self.words), kind="explain"))


@pytest.fixture(scope="session")
def words() -> WordsLibrary:
    return WordsLibrary(our_own(PROJECT))


@pytest.fixture(scope="session")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeService:
    """The project's own lessons, by words alone: its index is not started."""
    return KnowledgeService(load_settings(home=tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="session")
def tutor(knowledge: KnowledgeService) -> BuiltinTutor:
    return BuiltinTutor(knowledge, RunCatalog.load())


@pytest.fixture
def claude() -> Iterator[Claude]:
    with serving() as server:
        yield server


@pytest.fixture
def deps(knowledge: KnowledgeService, settings: Settings) -> AgentDeps:
    return AgentDeps(knowledge, RunCatalog.load(), settings.home, lambda: "shaky: softmax")


@pytest.fixture
def here(settings: Settings, claude: Claude) -> Settings:
    return load_settings(home=settings.home, model=NAME, model_url=claude.url)


@pytest.fixture
def agent(here: Settings, deps: AgentDeps) -> AgentTutor:
    return AgentTutor(open_model(NAME, here, KEY), NAME, deps)
