import time
from datetime import date
from pathlib import Path

import pytest

from exercises.runs import launch
from exercises.runs.store import Run, read_run
from tutor.store.database import Database
from tutor.study.cost.notes import keep
from tutor.study.explain.explanations import Explanation, Explanations
from tutor.study.explain.prompt_bank import load_prompts
from tutor.study.portfolio.portfolio import PortfolioError, write_portfolio
from tutor.study.progress.mastery import Evidence, mastery
from tutor.study.progress.measures import Sources
from tutor.study.progress.record import LearnerRecord

TODAY = date(2026, 11, 1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A real run, trained to its end."""
    home = tmp_path_factory.mktemp("a home")
    small = {"steps": 30, "n_layer": 1, "n_head": 1, "n_embd": 16, "eval_every": 10, "sample_every": 15}
    started = launch.start(home, "nanogpt", small, "cpu")
    for _ in range(600):
        now = read_run(started.folder)
        if not now.active:
            assert now.state == "finished", now.error
            return now
        time.sleep(0.1)
    raise AssertionError("the run did not end within a minute")


def sources(database: Database, runs: list[Run]) -> Sources:
    known = mastery(Evidence("attention", "answer", 1.0) for _ in range(4))
    titles = {"nanogpt": "A GPT", "attention": "attention"}
    return Sources(LearnerRecord(database, "ana"), Explanations(database, "ana"), runs, known, titles)


def test_every_line_rests_on_something_she_did(database: Database, run: Run, tmp_path: Path) -> None:
    record = LearnerRecord(database, "ana")
    record.predictions.add(run.id, "nanogpt", "Which learns faster?", ["one head", "four"], "four")
    record.predictions.settle(run.id, "one head")
    prompt = load_prompts(3)[0]
    said = Explanation(prompt.id, "cfo", "practice", "Größer ist nicht\nimmer besser.", (0,))
    Explanations(database, "ana").keep(prompt, said)
    keep(
        record,
        "Search",
        "$12 a month",
        "# What it costs: Search\n\n**12 dollars a month**\n\n## Assumptions\n\n- few",
    )
    folder = tmp_path / "my portfolio" / "karpathy-course"

    done = write_portfolio(sources(database, [run]), folder, TODAY)

    text = (folder / "README.md").read_text(encoding="utf-8")
    assert (
        set(done.written)
        == {
            "README.md",
            "README.html",
            "MEASURES.md",
            "MEASURES.html",
            "POST.md",
            "DEMO.md",
        }
        and not done.kept
    )
    assert f"| {run.id} | A GPT | 30 |" in text
    assert "> Größer ist nicht\n> immer besser." in text
    assert "**12 dollars a month**" in text and "#### Assumptions" in text
    assert 'href="MEASURES.html"' in (folder / "README.html").read_text(encoding="utf-8")
    assert "Search: $12 a month" in (folder / "MEASURES.md").read_text(encoding="utf-8")
    assert "Which learns faster?" in text and "It was: one head." in text
    assert (folder / "images" / f"{run.id}.png").stat().st_size > 5_000
    assert f'<img src="images/{run.id}.png"' in (folder / "README.html").read_text(encoding="utf-8")


def test_what_she_edited_is_never_overwritten(database: Database, run: Run, tmp_path: Path) -> None:
    write_portfolio(sources(database, [run]), tmp_path, TODAY)
    readme = tmp_path / "README.md"
    readme.write_text("Mine.", encoding="utf-8")
    again = write_portfolio(sources(database, []), tmp_path, TODAY)
    assert again.kept == ("README.md",)
    assert readme.read_text(encoding="utf-8") == "Mine."
    assert "What I learned" in (tmp_path / "README.md.new").read_text(encoding="utf-8")


def test_a_readme_that_was_there_before_us_stays(database: Database, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("Somebody else's.", encoding="utf-8")
    assert write_portfolio(sources(database, []), tmp_path, TODAY).kept == ("README.md",)


def test_an_empty_record_claims_nothing(database: Database, tmp_path: Path) -> None:
    empty = Sources(LearnerRecord(database, "bo"), Explanations(database, "bo"), [], {}, {})
    write_portfolio(empty, tmp_path, TODAY)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "Nothing is here yet" in text
    assert "résumé" not in text


def test_a_folder_that_cannot_be_is_said(database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(PortfolioError, match="Choose another folder"):
        write_portfolio(sources(database, []), tmp_path / "file" / "inside", TODAY)
