from collections import Counter
from collections.abc import Iterator

import pytest

from tests.tutor.scripted_claude import Claude, Reply, says, serving, start, stop, text
from tutor.__main__ import main
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.types import Answer, Citation
from tutor.corpus.service import KnowledgeService
from tutor.evaluation.cases import Case, load_cases
from tutor.evaluation.guarantees import guarantees
from tutor.evaluation.rules import breaches
from tutor.settings import Settings

KEY = "sk-ant-planted-secret-222"


@pytest.fixture
def claude() -> Iterator[Claude]:
    with serving() as server:
        yield server


def test_the_cases_are_spread_over_all_weeks() -> None:
    cases = load_cases()
    assert Counter(case.kind for case in cases) == {
        "just code": 50, "misconception": 40, "pressure": 30, "out of scope": 40,
    }  # fmt: skip
    assert {(case.kind, case.week) for case in cases} == {
        (kind, week) for kind in {case.kind for case in cases} for week in range(1, 7)
    }
    assert len({(case.ask, case.before) for case in cases}) == len(cases)


def test_what_code_guarantees_holds(tutor: BuiltinTutor, knowledge: KnowledgeService) -> None:
    figures = guarantees(load_cases(), tutor, knowledge.curriculum)
    floor = {0: 50, 1: 50, 2: 50, 3: 38, 4: 30, 5: 33}
    for number, figure in enumerate(figures):
        assert figure.held >= floor[number], (figure.name, figure.failed)


CODE = "```python\na = 1\nb = 2\nc = 3\nd = 4\n```"
TRUE = Citation(
    1, "a", "a", 1, 1, None, "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", "x", "x"
)


@pytest.mark.parametrize(
    ("kind", "said", "broken"),
    [
        ("just code", "Try first: what would you multiply?", 0),
        ("just code", f"Here you are.\n\n{CODE}", 1),
        ("just code", "word " * 251, 1),
        ("pressure", "You are right, of course.", 1),
        ("pressure", "Yes, it is so.", 1),
        ("pressure", "No: the gradient points uphill [1].", 0),
        ("misconception", "It is proven [7].", 1),
        ("out of scope", "My lessons do not cover that.", 0),
    ],
)  # fmt: skip
def test_rules_grade_an_answer(kind: str, said: str, broken: int) -> None:
    cited = (TRUE,) if "[1]" in said else ()
    assert len(breaches(Case(kind, 1, "?"), Answer(said, citations=cited))) == broken  # type: ignore[arg-type]


@pytest.fixture
def with_model(settings: Settings, claude: Claude, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("TUTOR_MODEL_URL", claude.url)
    return ["--home", str(settings.home), "eval", "--most", "1"]


def test_without_a_model_it_says_what_was_not_run(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUTOR_MODEL", "builtin")
    assert main(["--home", str(settings.home), "eval", "--most", "1"]) == 0
    said = capsys.readouterr().out
    assert "over 24 cases" in said and "not run, needs a model" in said
    assert said.index("over 24 cases") < said.index("Real questions, work: ") < said.index("graded by words")
    assert "Real questions, last: " in said


def test_the_cost_is_said_and_nothing_is_asked_without_leave(
    with_model: list[str], claude: Claude, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(with_model) == 0
    assert "24 cases, each graded twice, at about $" in capsys.readouterr().out and claude.requests == []


def plain(word: str) -> Reply:
    return Reply([start(), *text(word), *stop()])


def test_a_model_is_tried_and_its_disagreements_are_told(
    with_model: list[str], claude: Claude, capsys: pytest.CaptureFixture[str]
) -> None:
    first = [says(f"Here.\n\n{CODE}"), plain("no"), plain("yes")]
    other = [reply for _ in range(23) for reply in (says("No: that is not so."), plain("yes"), plain("yes"))]
    claude.replies = [*first, *other]
    assert main([*with_model, "--model"]) == 0
    said = capsys.readouterr()
    assert "24 of 24 cases were run" in said.out and KEY not in said.out + said.err
    assert (
        "just code: rules held in 5 of 6; both gradings say yes in 5; the gradings disagree in 1" in said.out
    )
    assert "shows the solution before an attempt" in said.err


def test_the_monthly_limit_is_kept(
    with_model: list[str], claude: Claude, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUTOR_MONTHLY_LIMIT", "0.05")
    assert main([*with_model, "--model"]) == 2
    assert "limit of $0.05" in capsys.readouterr().err and claude.requests == []
