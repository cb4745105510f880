from dataclasses import replace
from pathlib import Path

import filelock
import pytest

from exercises.upstream import running, workspace
from exercises.upstream.repositories import REPOSITORIES, Repository, UpstreamError, repository
from exercises.upstream.workspace import clone, inspect

from .conftest import Make, run_git


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    return tmp_path / "a mirror"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / "my portfolio" / "clones"


def nothing(line: str) -> None:
    pass


def test_a_clone_stands_at_the_pinned_commit_not_at_the_newest(
    make_repository: Make, mirror: Path, mine: Path
) -> None:
    first = make_repository(mirror / "tiny", {"train.py": "print(1)\n"})
    make_repository(mirror / "tiny", {"train.py": "print(2)\n"})
    tiny = Repository("tiny", "https://example.invalid/tiny", first, ("train.py",))
    done = clone(tiny, mine, str(mirror), nothing)
    assert done.commit == first and done.pinned and not done.changed
    assert (mine / "tiny" / "train.py").read_text(encoding="utf-8") == "print(1)\n"
    assert run_git(mine / "tiny", "remote", "get-url", "origin") == "https://example.invalid/tiny"
    assert not list(mine.glob("*.partial"))


def test_a_bare_mirror_serves_too(make_repository: Make, mirror: Path, mine: Path, tmp_path: Path) -> None:
    commit = make_repository(tmp_path / "work", {"a.py": ""})
    mirror.mkdir()
    run_git(tmp_path, "clone", "--quiet", "--bare", str(tmp_path / "work"), str(mirror / "tiny.git"))
    assert clone(Repository("tiny", "x", commit), mine, str(mirror), nothing).commit == commit


def test_her_changes_stay(make_repository: Make, mirror: Path, mine: Path) -> None:
    commit = make_repository(mirror / "tiny", {"model.py": "x = 1\n"})
    tiny = Repository("tiny", "x", commit)
    clone(tiny, mine, str(mirror), nothing)
    (mine / "tiny" / "model.py").write_text("x = 2  # größer\n", encoding="utf-8")
    (mine / "tiny" / "notes of mine.md").write_text("!", encoding="utf-8")
    said: list[str] = []
    again = clone(tiny, mine, str(mirror), said.append)
    assert set(again.changed) == {"model.py", "notes of mine.md"}
    assert "changes of yours, which stay" in said[0]
    assert (mine / "tiny" / "model.py").read_text(encoding="utf-8") == "x = 2  # größer\n"


def test_a_folder_that_is_no_clone_is_left_alone(mine: Path) -> None:
    (mine / "tiny").mkdir(parents=True)
    (mine / "tiny" / "thesis.txt").write_text("hers", encoding="utf-8")
    with pytest.raises(UpstreamError, match="no git clone"):
        clone(Repository("tiny", "x"), mine, "", nothing)
    assert (mine / "tiny" / "thesis.txt").exists()


def test_a_broken_clone_goes_on(make_repository: Make, mirror: Path, mine: Path) -> None:
    commit = make_repository(mirror / "tiny", {"a.py": ""})
    partial = mine / "tiny.partial"
    partial.mkdir(parents=True)
    run_git(partial, "init", "--quiet")
    run_git(partial, "remote", "add", "origin", "x")
    assert clone(Repository("tiny", "x", commit), mine, str(mirror), nothing).commit == commit


def test_a_clone_that_was_killed_is_undone_and_said_and_nothing_else_is(
    make_repository: Make, mine: Path, tmp_path: Path
) -> None:
    make_repository(mine / "cut.partial", {"a.py": ""})
    (mine / "cut.partial" / ".git" / "cloning.lock").touch()
    make_repository(mine / "busy.partial", {"a.py": ""})
    make_repository(mine / "thesis.partial", {"a.py": ""})
    (tmp_path / "elsewhere").mkdir()
    (mine / "link.partial").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with filelock.FileLock(mine / "busy.partial" / workspace.LOCK):
        said = workspace.undo_partial(mine)
    assert len(said) == 1 and said[0].startswith("Cloning cut was cut off")
    assert sorted(one.name for one in mine.iterdir()) == ["busy.partial", "link.partial", "thesis.partial"]
    assert (tmp_path / "elsewhere").exists()
    with pytest.raises(UpstreamError, match="is in the way"):
        clone(Repository("thesis", str(mine)), mine, "", nothing)
    (mine / "file").write_text("hers", encoding="utf-8")
    with pytest.raises(UpstreamError, match="a file, no folder"):
        clone(Repository("file", "x"), mine, "", nothing)


def test_another_repository_of_a_known_name_is_neither_taken_nor_run(
    make_known: Make, mine: Path, tmp_path: Path
) -> None:
    make_known(tmp_path / "his" / "nanoGPT", {"train.py": "", "model.py": "", "sample.py": ""})
    make_known(mine / "makemore", {"makemore.py": "", "names.txt": ""})
    (mine / "makemore").rename(mine / "nanoGPT")
    with pytest.raises(UpstreamError, match="another repository than Karpathy's nanoGPT"):
        running.start(tmp_path / "home", "nanogpt-shakespeare", mine, {}, "cpu")
    assert workspace.clones(mine) == [] and not (tmp_path / "home").exists()
    (mine / "nanoGPT").rename(mine / "makemore")
    (mine / "makemore" / "new.py").write_text("x = 1", encoding="utf-8")
    run_git(mine / "makemore", "add", ".")
    run_git(mine / "makemore", "commit", "--quiet", "--message", "work of hers on top")
    assert workspace.clones(mine) == [mine / "makemore"]


def test_another_commit_is_said_and_left(make_repository: Make, mirror: Path, mine: Path) -> None:
    commit = make_repository(mirror / "tiny", {"a.py": ""})
    tiny = Repository("tiny", "x", commit)
    clone(tiny, mine, str(mirror), nothing)
    make_repository(mine / "tiny", {"b.py": ""})
    said: list[str] = []
    assert not clone(tiny, mine, str(mirror), said.append).pinned
    assert "left as it is" in said[0]


def test_a_mirror_without_the_commit_is_refused(make_repository: Make, mirror: Path, mine: Path) -> None:
    make_repository(mirror / "tiny", {"a.py": ""})
    with pytest.raises(UpstreamError, match="does not hold the commit"):
        clone(Repository("tiny", "x", "0" * 40), mine, str(mirror), nothing)
    assert inspect(Repository("tiny", "x"), mine) is None


def test_what_is_not_the_repository_is_refused(make_repository: Make, mirror: Path, mine: Path) -> None:
    commit = make_repository(mirror / "tiny", {"a.py": ""})
    with pytest.raises(UpstreamError, match=r"lacks model\.py"):
        clone(Repository("tiny", "x", commit, ("model.py",)), mine, str(mirror), nothing)


def test_no_git_says_where_to_get_it(monkeypatch: pytest.MonkeyPatch, mine: Path, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UpstreamError, match=r"git-scm\.com"):
        clone(Repository("tiny", "x"), mine, "", nothing)


def test_no_network_is_said(mine: Path) -> None:
    nowhere = Repository("tiny", "https://does-not-exist.invalid/tiny")
    with pytest.raises(UpstreamError, match="network does not reach it"):
        clone(nowhere, mine, "", nothing)


def test_a_full_disk_is_said_before_anything_is_fetched(
    monkeypatch: pytest.MonkeyPatch, mirror: Path, mine: Path, make_repository: Make
) -> None:
    make_repository(mirror / "tiny", {"a.py": ""})
    monkeypatch.setattr(workspace, "LEAST_FREE", 2**60)
    with pytest.raises(UpstreamError, match="MB are free"):
        clone(Repository("tiny", "x"), mine, str(mirror), nothing)


def test_names_and_addresses_are_told_apart() -> None:
    assert repository("NANOGPT") is REPOSITORIES["nanoGPT"]
    assert repository("https://github.com/someone/some-project.git").name == "some-project"
    assert repository("git@github.com:someone/else").name == "else"
    for wrong in ("nanogtp", "", "../etc", "https://"):
        with pytest.raises(UpstreamError, match="neither a git address"):
            repository(wrong)


def test_an_address_cannot_lead_out_of_the_workspace() -> None:
    assert "/" not in repository("https://example.org/a/..%2f..").name
    assert replace(REPOSITORIES["minbpe"], commit="").needs
