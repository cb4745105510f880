"""Questions that name a repository or one of its symbols are answered by its lines."""

from pathlib import Path

import pytest

from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.types import Answer, Done
from tutor.corpus import transcripts
from tutor.corpus.clones import link_to
from tutor.corpus.service import KnowledgeService
from tutor.run_catalog import RunCatalog
from tutor.settings import Settings, load_settings

TIDES = '''"""Tables of high and low water."""


class MoonTable:
    """The moon's place by the hour."""

    def high_water(self, hour):
        """When the water stands highest after an hour."""
        return hour + 12.42


def read_gauge(path):
    """Reads the gauge at the pier: one height a line, in meters."""
    return [float(line) for line in open(path)]
'''


@pytest.fixture
def tutor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BuiltinTutor:
    monkeypatch.delenv("TUTOR_UPSTREAM", raising=False)
    hers: Settings = load_settings(home=tmp_path / "home")
    clone = hers.upstream_folder / "tidebook"
    (clone / ".git").mkdir(parents=True)
    (clone / "tides.py").write_text(TIDES, encoding="utf-8")
    (clone / "README.md").write_text("# tidebook\n\nTables of the tides, in Python.\n", encoding="utf-8")
    cue = "WEBVTT\n\n01:03:00.000 --> 01:03:50.000\nwe take the mean over the zanzibar axis\n"
    transcripts.keep(hers.transcripts, "kCc8FmEb1nY", "lecture.vtt", cue.encode())
    return BuiltinTutor(KnowledgeService(hers), RunCatalog.load(hers.home), link_to(hers))


def ask(tutor: BuiltinTutor, question: str) -> Answer:
    done = list(tutor.answer(question, ()))[-1]
    assert isinstance(done, Done)
    return done.answer


@pytest.mark.parametrize(
    ("question", "cited"),
    [
        ("What does MoonTable do?", "tidebook/tides.py"),
        ("what is read_gauge", "tidebook/tides.py"),
        ("Where does tidebook read the gauge at the pier?", "tidebook/tides.py"),
        ("what is tidebook", "tidebook/README.md"),
    ],
)
def test_an_unknown_repository_can_be_asked_about(tutor: BuiltinTutor, question: str, cited: str) -> None:
    answer = ask(tutor, question)
    assert answer.kind == "found" and not answer.abstained
    assert answer.citations[0].path == cited


def test_a_symbol_of_ours_is_explained_by_its_card(tutor: BuiltinTutor) -> None:
    answer = ask(tutor, "explain CausalSelfAttention")
    assert answer.kind == "explain" and answer.concept


def test_a_question_about_something_else_is_not(tutor: BuiltinTutor) -> None:
    assert ask(tutor, "explain attention").kind == "explain"


def test_how_to_run_names_the_real_program_too(tutor: BuiltinTutor) -> None:
    assert "upstream run nanogpt-shakespeare" in ask(tutor, "how do I run nanoGPT?").text


def test_what_a_lecture_says_is_cited_to_the_second(tutor: BuiltinTutor) -> None:
    answer = ask(tutor, "What does the lecture say about the zanzibar axis?")
    assert "mean over the zanzibar axis" in answer.text
    assert answer.citations[0].url == "https://www.youtube.com/watch?v=kCc8FmEb1nY&t=3780s"
