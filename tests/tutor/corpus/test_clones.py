"""A cited file of a clone: its commit, her changes, its address on the web and in her editor."""

import subprocess
from pathlib import Path

import pytest

from exercises.upstream.repositories import OURS, REPOSITORIES, UpstreamError, repository
from exercises.upstream.workspace import clones, inspect, left_out
from knowledge.ingest.sources import our_own
from knowledge.passages import Span, make_passage
from tests.tutor.conftest import make_clone
from tutor.corpus import documents, transcripts
from tutor.corpus.clones import changed_among, file_of, link_to, standing
from tutor.quoting import in_editor
from tutor.settings import PROJECT, Settings, load_settings


@pytest.fixture
def hers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("TUTOR_UPSTREAM", raising=False)
    return load_settings(home=tmp_path / "home of hers")


@pytest.fixture
def clone(hers: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = hers.upstream_folder / "nanoGPT"
    folder.mkdir(parents=True)
    (folder / "model.py").write_text("x = 1\ny = 2\n", encoding="utf-8")
    make_clone(folder, monkeypatch)
    return folder


def test_lines_lead_to_the_commit_and_to_the_editor(hers: Settings, clone: Path) -> None:
    there = standing(hers, "nanoGPT/model.py")
    assert there is not None and len(there.commit) == 40 and not there.changed
    lines = make_passage(Span("nanoGPT/model.py", 2, 2), "y = 2", "code", "y")
    assert link_to(hers)(lines) == f"https://github.com/karpathy/nanoGPT/blob/{there.commit}/model.py#L2-L2"
    assert file_of(hers, "nanoGPT/model.py") == clone / "model.py"
    assert in_editor(clone / "model.py", 2).endswith("/home%20of%20hers/upstream/nanoGPT/model.py:2")


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


def test_a_clone_that_is_called_like_ours_or_his_is_not_cited(hers: Settings, clone: Path) -> None:
    folder = hers.upstream_folder
    for name in ("Exercises", "documents", "minbpe"):
        (folder / name / "nanogpt").mkdir(parents=True)
        (folder / name / "nanogpt" / "model.py").write_text("stolen = 1\n", encoding="utf-8")
        subprocess.run(["git", "init", "--quiet"], cwd=folder / name, check=True)
        subprocess.run(["git", "add", "."], cwd=folder / name, check=True)
        who = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *who, "commit", "--quiet", "-m", "x"], cwd=folder / name, check=True)
    assert clones(folder) == [clone]
    assert len(left_out(folder)) == 2  # the third is said where his repository is listed
    ours = PROJECT / "exercises" / "nanogpt" / "model.py"
    assert file_of(hers, "exercises/nanogpt/model.py") == ours
    assert file_of(hers, "minbpe/nanogpt/model.py") == PROJECT / "minbpe" / "nanogpt" / "model.py"
    with pytest.raises(UpstreamError, match="another repository than Karpathy's minbpe"):
        inspect(REPOSITORIES["minbpe"], folder)


def test_every_name_that_we_cite_under_is_kept_from_clones() -> None:
    ours = {one.name for one in PROJECT.iterdir() if one.is_dir() and (one / "__init__.py").exists()}
    cited = {source.name.partition("/")[0] for source in our_own(PROJECT).sources}
    assert ours | cited | {documents.SOURCE, transcripts.SOURCE} <= OURS
    for name in OURS | {"nanogpt", "NANOGPT", "con", "nul.x", "lessons"}:
        with pytest.raises(UpstreamError, match="for instance 'someone-"):
            repository(f"https://example.org/someone/{name}.git")
    assert repository("https://example.org/someone/exercises", "theirs").name == "theirs"
    assert repository("https://github.com/karpathy/nanoGPT.git") is REPOSITORIES["nanoGPT"]
