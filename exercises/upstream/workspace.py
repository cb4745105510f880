"""The folder of clones: cloning at a pinned commit, looking at what is there, never touching her changes."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import filelock

from exercises.errors import OutsideError
from exercises.names import inside, is_link, is_own_file
from exercises.runs.files import expanded, replace
from exercises.upstream.git import environment, explain, git, run_git
from exercises.upstream.repositories import REPOSITORIES, Repository, UpstreamError, is_usable

PARTIAL = ".partial"
LOCK = ".git/cloning.lock"  # in what is being fetched, held by who fetches
LEAST_FREE = 200 * 2**20  # bytes
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Clone:
    """A clone as it stands. `changed` are the files that differ from the commit, her own ones included."""

    repository: Repository
    folder: Path
    commit: str
    changed: tuple[str, ...]

    @property
    def pinned(self) -> bool:
        """Whether it is at the commit that was checked; True where none is pinned."""
        return not self.repository.commit or self.commit == self.repository.commit


def inspect(repository: Repository, workspace: Path) -> Clone | None:
    """The clone in the workspace, None where there is none. Raises UpstreamError for another folder."""
    folder = workspace / repository.name
    if not folder.exists():
        return None
    if not (folder / ".git").exists():
        if folder.is_dir() and not any(folder.iterdir()):
            return None
        what = "no git clone" if folder.is_dir() else "a file, no folder"
        raise UpstreamError(
            f"{folder} exists and is {what}. It was left as it is; move it or choose another folder."
        )
    if not is_that(repository, folder):
        raise UpstreamError(
            f"{folder} holds another repository than Karpathy's {repository.name}: it lacks his commits. It was "
            f"left as it is, and is neither cited nor run. Rename it, for instance to {repository.name}-other, "
            f"then clone {repository.name}."
        )
    commit = run_git(folder, "rev-parse", "HEAD").strip()
    return Clone(repository, folder, commit, changed_files(folder))


def is_that(repository: Repository, clone: Path) -> bool:
    """Whether a clone is of this repository: known by its commits, never by its name.

    It is when what is checked out has history in common with the pinned commit; True where none is pinned.
    """
    pinned = repository.commit
    return not pinned or _related(clone, pinned, _stamp(clone))


def _stamp(clone: Path) -> tuple[str, int]:
    """Changes when another commit is checked out."""
    try:
        head = clone / ".git" / "HEAD"
        said = head.read_text(encoding="utf-8", errors="replace").strip()
        branch = clone / ".git" / said.removeprefix("ref: ")
        moved = branch if said.startswith("ref: refs/") and ".." not in said and branch.is_file() else head
        return said, moved.stat().st_mtime_ns
    except OSError:
        return "", 0


@lru_cache(maxsize=256)
def _related(clone: Path, pinned: str, stamp: tuple[str, int]) -> bool:
    if stamp[0] == pinned:
        return True
    try:
        run_git(clone, "merge-base", "HEAD", pinned)
    except UpstreamError:
        return False
    return True


def changed_files(clone: Path) -> tuple[str, ...]:
    """The files of a clone that differ from its commit, new ones included. Raises UpstreamError."""
    status = run_git(clone, "status", "--porcelain", "--untracked-files=all", "-z")
    return tuple(entry[3:] for entry in status.split("\0") if len(entry) > 3)


def others(workspace: Path) -> list[Repository]:
    """The clones in the workspace that are of other repositories, by name."""
    found = [one for one in clones(workspace) if one.name not in REPOSITORIES]
    return [
        Repository(one.name, run_git(one, "config", "--default", "", "remote.origin.url").strip())
        for one in found
    ]


def clones(workspace: Path) -> list[Path]:
    """The clones that may be cited under their names: those half fetched, those whose name is ours or Windows's,
    and strangers under the name of one of Karpathy's are left out.
    """
    if not workspace.is_dir():
        return []
    found = (one for one in sorted(workspace.iterdir()) if is_usable(one.name) and (one / ".git").exists())
    known = {name.lower(): one for name, one in REPOSITORIES.items()}
    return [one for one in found if one.name.lower() not in known or is_that(known[one.name.lower()], one)]


def left_out(workspace: Path) -> list[str]:
    """Sentences about clones that are not cited for their names; said where the clones are listed."""
    if not workspace.is_dir():
        return []
    return [
        f"{one} is called like something of the tutor's own or of Windows's. It is not cited. Give the folder "
        "another name."
        for one in sorted(workspace.iterdir())
        if (one / ".git").is_dir() and not is_usable(one.name) and one.suffix != PARTIAL
    ]


def clone(repository: Repository, workspace: Path, base: str = "", progress: Progress = print) -> Clone:
    """Clone into `workspace/NAME` at the pinned commit, or say what is there already; her changes stay.

    `base` is the address of a mirror or a local folder that holds NAME or NAME.git. The clone grows in
    `NAME.partial` and appears whole; a broken one goes on where git left it. Raises UpstreamError.
    """
    there = inspect(repository, workspace)
    if there:
        progress(_as_it_is(there))
        return there
    source = _source(repository, base)
    workspace.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(workspace).free
    if free < LEAST_FREE:
        raise UpstreamError(
            f"Only {free // 2**20} MB are free in {workspace}. Free at least {LEAST_FREE // 2**20} MB."
        )
    partial = _place(workspace, f"{repository.name}{PARTIAL}")
    if partial.exists() and not _ours(partial):
        raise UpstreamError(f"{partial} is in the way. It was left as it is; move it, then clone again.")
    partial.mkdir(exist_ok=True)
    if not (partial / ".git").exists():
        run_git(partial, "init", "--quiet")
        run_git(partial, "remote", "add", "origin", repository.url)
    try:
        with filelock.FileLock(partial / LOCK).acquire(timeout=0):
            progress(f"{repository.name}: fetching from {source}")
            _fetch(partial, source, progress)
            _check_out(repository, partial, source)
    except filelock.Timeout as error:
        raise UpstreamError(f"{repository.name} is being cloned already. Wait for its end.") from error
    (partial / LOCK).unlink(missing_ok=True)
    folder = workspace / repository.name
    if folder.exists():
        folder.rmdir()  # only an empty one comes this far
    replace(partial, folder)
    done = inspect(repository, workspace)
    assert done is not None
    progress(f"{repository.name}: at commit {done.commit[:12]} in {folder}")
    return done


def _check_out(repository: Repository, partial: Path, source: str) -> None:
    target = repository.commit or "FETCH_HEAD"
    try:
        run_git(partial, "checkout", "--quiet", "-B", "main", target)
    except UpstreamError as error:
        raise UpstreamError(
            f"{source} does not hold the commit {target[:12]} of {repository.name}. Use another mirror."
        ) from error
    _verify(repository, partial)


def undo_partial(workspace: Path) -> list[str]:
    """Remove what clones left that were killed on their way; returns sentences that say so.

    One that another process is fetching stays, and so does every folder that `clone` did not make.
    """
    said = []
    for partial in sorted(workspace.glob(f"*{PARTIAL}")) if workspace.is_dir() else ():
        if not _ours(partial):
            continue
        try:
            with filelock.FileLock(partial / LOCK).acquire(timeout=0):
                pass
        except (filelock.Timeout, OSError):
            continue
        shutil.rmtree(partial, onerror=_writable)
        name = partial.name.removesuffix(PARTIAL)
        said.append(
            f"Cloning {name} was cut off when the tutor ended; what had come was removed. Clone it again."
        )
    return said


def _ours(partial: Path) -> bool:
    """Whether a folder is what `clone` makes: its lock lies in it, or nothing but git's own (older versions)."""
    if is_link(partial) or is_link(partial / ".git") or not (partial / ".git").is_dir():
        return partial.is_dir() and not is_link(partial) and not any(partial.iterdir())
    alone = [one.name for one in partial.iterdir()] == [".git"]
    return is_own_file(partial / LOCK) or (alone and not is_link(partial / LOCK))


def _writable(remove: Callable[[str], object], path: str, error: object) -> None:
    """Windows removes none of the files that git marks as read-only."""
    Path(path).chmod(stat.S_IWRITE)
    remove(path)


def _place(workspace: Path, name: str) -> Path:
    try:
        return inside(workspace, name)
    except OutsideError as error:
        raise UpstreamError(str(error)) from error


def _as_it_is(there: Clone) -> str:
    name = there.repository.name
    if there.changed:
        files = ", ".join(there.changed[:3]) + (" …" if len(there.changed) > 3 else "")
        return f"{name}: already there; with changes of yours, which stay: {files}"
    if not there.pinned:
        return (
            f"{name}: already there, at commit {there.commit[:12]}, not the one that was checked "
            f"({there.repository.commit[:12]}). It was left as it is."
        )
    return f"{name}: already there, at commit {there.commit[:12]}"


def _source(repository: Repository, base: str) -> str:
    if not base:
        return repository.url
    if re.match(r"^\w[\w+.-]*://|^[\w.-]+@", base):
        return f"{base.rstrip('/')}/{repository.name}"
    folder = expanded(base)
    for name in (repository.name, f"{repository.name}.git"):
        if (folder / name).is_dir():
            return str((folder / name).resolve())
    raise UpstreamError(f"{folder} holds neither {repository.name} nor {repository.name}.git.")


def _fetch(folder: Path, source: str, progress: Progress) -> None:
    """Fetch all branches, passing git's own progress on; a second try goes on from what arrived."""
    command = [git(), "fetch", "--progress", "--tags", source, "+HEAD:refs/remotes/origin/HEAD"]
    command += ["+refs/heads/*:refs/remotes/origin/*"]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace",
    ) as process:  # fmt: skip
        assert process.stderr is not None
        said: list[str] = []
        for line in process.stderr:  # universal newlines: git redraws its percentages with \r
            said.append(line.strip())
            if "%" in line and line.rstrip().endswith("done."):
                progress(f"  {line.strip()}")
    if process.returncode:
        raise UpstreamError(explain(source, "\n".join(said)))


def _verify(repository: Repository, folder: Path) -> None:
    missing = [name for name in repository.needs if not (folder / name).is_file()]
    if missing:
        raise UpstreamError(
            f"The clone of {repository.name} lacks {', '.join(missing)}. It is not that repository."
        )
