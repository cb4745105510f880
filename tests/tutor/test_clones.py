"""A cited file of a clone: its commit, her changes, its address on the web and in her editor."""

from pathlib import Path

import pytest

from knowledge.passages import Span, make_passage
from tests.tutor.conftest import make_clone
from tutor.corpus.clones import changed_among, clones, file_of, in_editor, link_to, standing
from tutor.settings import PROJECT, Settings, load_settings


@pytest.fixture
def hers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("TUTOR_UPSTREAM", raising=False)
    return load_settings(home=tmp_path / "home of hers")


@pytest.fixture
def clone(hers: Settings) -> Path:
    folder = hers.upstream_folder / "nanoGPT"
    folder.mkdir(parents=True)
    (folder / "model.py").write_text("x = 1\ny = 2\n", encoding="utf-8")
    make_clone(folder)
    return folder


def test_lines_lead_to_the_commit_and_to_the_editor(hers: Settings, clone: Path) -> None:
    there = standing(hers, "nanoGPT/model.py")
    assert there is not None and len(there.commit) == 40 and not there.changed
    lines = make_passage(Span("nanoGPT/model.py", 2, 2), "y = 2", "code", "y")
    assert link_to(hers)(lines) == f"https://github.com/karpathy/nanoGPT/blob/{there.commit}/model.py#L2-L2"
    assert file_of(hers, "nanoGPT/model.py") == clone / "model.py"
    assert in_editor(clone / "model.py", 2) == f"vscode://file{(clone / 'model.py').as_posix()}:2"


def test_a_file_that_she_changed_is_said_and_not_linked(hers: Settings, clone: Path) -> None:
    lines = make_passage(Span("nanoGPT/model.py", 2, 2), "y = 2", "code", "y")
    assert link_to(hers)(lines)
    (clone / "model.py").write_text("x = 1\n# mine\ny = 2\n", encoding="utf-8")
    (clone / "new.py").write_text("z = 3\n", encoding="utf-8")
    assert link_to(hers)(lines) == ""
    cited = ["nanoGPT/model.py", "nanoGPT/new.py", "nanoGPT/model.py", "exercises/nanogpt/model.py"]
    assert changed_among(hers, cited) == ["nanoGPT/model.py", "nanoGPT/new.py"]


def test_our_own_files_are_of_no_clone(hers: Settings) -> None:
    assert standing(hers, "exercises/nanogpt/model.py") is None
    assert file_of(hers, "exercises/nanogpt/model.py") == PROJECT / "exercises" / "nanogpt" / "model.py"
    assert clones(hers.upstream_folder) == []
