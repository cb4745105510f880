"""Our code beside Karpathy's: which questions want it, what is answered, with and without the clone."""

from pathlib import Path

import pytest

from tests.tutor.conftest import make_clone
from tutor.__main__ import main
from tutor.chat.rules.answers.comparison import KIND, asks
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.types import Answer, Done, Turn
from tutor.corpus.clones import link_to
from tutor.corpus.service import KnowledgeService
from tutor.run_catalog import RunCatalog
from tutor.settings import Settings, load_settings
from tutor.side_by_side import comparisons


@pytest.fixture
def hers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home without clones, whatever the environment says."""
    monkeypatch.delenv("TUTOR_UPSTREAM", raising=False)
    return load_settings(home=tmp_path / "home of hers")


@pytest.fixture
def alone(hers: Settings) -> BuiltinTutor:
    """A tutor without clones, by words."""
    return BuiltinTutor(KnowledgeService(hers), RunCatalog.load(), link_to(hers))


def ask(tutor: BuiltinTutor, question: str, *history: Turn) -> Answer:
    done = list(tutor.answer(question, history))[-1]
    assert isinstance(done, Done)
    return done.answer


@pytest.mark.parametrize(
    "question",
    [
        "compare our attention with nanoGPT's",
        "how does nanoGPT do attention differently?",
        "What is the difference between your BatchNorm and the lecture's?",
        "attention in nanoGPT and in the lecture, side by side",
        "how does minbpe's training differ from ours",
        "Is our GRU the same as makemore's?",
    ],
)
def test_questions_that_want_one_code_beside_another(question: str) -> None:
    assert asks(question)


@pytest.mark.parametrize(
    "question",
    [
        "explain attention",
        "how does nanoGPT do attention?",
        "compare batch normalization and layer normalization",
        "compare micrograd",
        "how do I run makemore?",
        "how does makemore's GRU differ from an LSTM?",
    ],
)
def test_questions_that_want_something_else(question: str) -> None:
    assert not asks(question)


def test_without_the_clone_it_says_what_differs_and_how_to_get_it(alone: BuiltinTutor) -> None:
    answer = ask(alone, "compare our attention with nanoGPT's")
    assert answer.kind == KIND and answer.concept == "attention" and not answer.abstained
    assert "python -m exercises upstream clone nanoGPT" in answer.text
    assert all(difference.what in answer.text for difference in comparisons()["attention"].differences)
    assert {each.path for each in answer.citations} == {"exercises/nanogpt/model.py"}


def test_with_the_clone_each_difference_cites_its_lines(
    hers: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = hers.upstream_folder / "nanoGPT"
    clone.mkdir(parents=True)
    cited = [line for each in comparisons()["feed-forward"].differences for line in each.lines["nanoGPT"]]
    body = "".join(f"        {line}\n" for line in cited)
    (clone / "model.py").write_text(f"class MLP:\n    def __init__(self):\n{body}", encoding="utf-8")
    make_clone(clone, monkeypatch)
    knowledge = KnowledgeService(hers)
    answer = ask(
        BuiltinTutor(knowledge, RunCatalog.load(), link_to(hers)), "compare our feed-forward with nanoGPT's"
    )
    theirs = {each.start: each for each in answer.citations if each.path == "nanoGPT/model.py"}
    assert [theirs[number].text.strip() for number in range(3, 3 + len(cited))] == cited
    assert theirs[3].url.startswith("https://github.com/karpathy/nanoGPT/blob/")
    assert theirs[3].url.endswith("/model.py#L3-L3")


def test_a_follow_up_is_about_what_was_talked_of(alone: BuiltinTutor) -> None:
    first = ask(alone, "explain attention")
    turns = (Turn("learner", "explain attention"), Turn("tutor", first.text, first))
    assert ask(alone, "and how does nanoGPT do it differently?", *turns).kind == KIND


def test_the_command_line_compares(hers: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(hers.home), "compare"]) == 0
    assert "attention" in capsys.readouterr().out
    assert main(["--home", str(hers.home), "compare", "Self-Attention"]) == 0
    said = capsys.readouterr().out
    assert "exercises/nanogpt/model.py, lines" in said and "upstream clone nanoGPT" in said
    assert main(["--home", str(hers.home), "compare", "prompting"]) == 2
    assert "Nothing is compared" in capsys.readouterr().err
