"""The folder of clones: cloning at a pinned commit, looking at what is there, never touching her changes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from exercises.upstream.repositories import REPOSITORIES, Repository, UpstreamError

LEAST_FREE = 200 * 2**20  # bytes
Progress = Callable[[str], None]
_WHY = (
    (
        r"could not resolve|unable to access|connection (?:refused|timed out|reset)|network is unreachable",
        "The network does not reach it. Connect, or give a mirror or a local folder with --base.",
    ),
    (r"no space left|disk full|not enough space", "The disk is full. Free some space and clone again."),
    (
        r"repository .*not found|does not appear to be a git repository|does not exist",
        "There is no repository at that address. Check it, or what --base names.",
    ),
    (
        r"authentication failed|could not read username|permission denied",
        "It asks for a login. Give a public address.",
    ),
    (r"filename too long", "A path is too long for Windows. Choose a shorter folder, such as C:\\clones."),
)


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
        if not any(folder.iterdir()):
            return None
        raise UpstreamError(
            f"{folder} exists and is no git clone. It was left as it is; move it or choose another folder."
        )
    commit = _git(folder, "rev-parse", "HEAD").strip()
    return Clone(repository, folder, commit, changed_files(folder))


def changed_files(clone: Path) -> tuple[str, ...]:
    """The files of a clone that differ from its commit, new ones included. Raises UpstreamError."""
    status = _git(clone, "status", "--porcelain", "--untracked-files=all", "-z")
    return tuple(entry[3:] for entry in status.split("\0") if len(entry) > 3)


def others(workspace: Path) -> list[Repository]:
    """The clones in the workspace that are of other repositories, by name."""
    if not workspace.is_dir():
        return []
    found = [
        one
        for one in sorted(workspace.iterdir())
        if (one / ".git").exists() and one.suffix != ".partial" and one.name not in REPOSITORIES
    ]
    return [
        Repository(one.name, _git(one, "config", "--default", "", "remote.origin.url").strip())
        for one in found
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
    partial = workspace / f"{repository.name}.partial"
    if not (partial / ".git").exists():
        partial.mkdir(exist_ok=True)
        _git(partial, "init", "--quiet")
        _git(partial, "remote", "add", "origin", repository.url)
    progress(f"{repository.name}: fetching from {source}")
    _fetch(partial, source, progress)
    target = repository.commit or "FETCH_HEAD"
    try:
        _git(partial, "checkout", "--quiet", "-B", "main", target)
    except UpstreamError as error:
        raise UpstreamError(
            f"{source} does not hold the commit {target[:12]} of {repository.name}. Use another mirror."
        ) from error
    _verify(repository, partial)
    folder = workspace / repository.name
    if folder.exists():
        folder.rmdir()  # only an empty one comes this far
    partial.replace(folder)
    done = inspect(repository, workspace)
    assert done is not None
    progress(f"{repository.name}: at commit {done.commit[:12]} in {folder}")
    return done


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
    folder = Path(base).expanduser()
    for name in (repository.name, f"{repository.name}.git"):
        if (folder / name).is_dir():
            return str((folder / name).resolve())
    raise UpstreamError(f"{folder} holds neither {repository.name} nor {repository.name}.git.")


def _fetch(folder: Path, source: str, progress: Progress) -> None:
    """Fetch all branches, passing git's own progress on; a second try goes on from what arrived."""
    command = [git(), "fetch", "--progress", "--tags", source, "+HEAD:refs/remotes/origin/HEAD"]
    command += ["+refs/heads/*:refs/remotes/origin/*"]
    with subprocess.Popen(
        command, cwd=folder, env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace",
    ) as process:  # fmt: skip
        assert process.stderr is not None
        said: list[str] = []
        for line in process.stderr:  # universal newlines: git redraws its percentages with \r
            said.append(line.strip())
            if "%" in line and line.rstrip().endswith("done."):
                progress(f"  {line.strip()}")
    if process.returncode:
        raise UpstreamError(_explain(source, "\n".join(said)))


def _verify(repository: Repository, folder: Path) -> None:
    missing = [name for name in repository.needs if not (folder / name).is_file()]
    if missing:
        raise UpstreamError(
            f"The clone of {repository.name} lacks {', '.join(missing)}. It is not that repository."
        )


def git() -> str:
    """The path of git. Raises UpstreamError where it is not installed."""
    found = shutil.which("git")
    if found is None:
        raise UpstreamError(
            "git is not installed. Get it from https://git-scm.com/downloads, then try again."
        )
    return found


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [git(), *arguments], cwd=folder, env=_environment(), stdin=subprocess.DEVNULL, capture_output=True,
        text=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        raise UpstreamError(_explain(str(folder), done.stderr))
    return done.stdout


def _environment() -> dict[str, str]:
    # never a question on a terminal that nobody sees; messages in the language that _WHY reads
    return {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def _explain(source: str, said: str) -> str:
    for pattern, advice in _WHY:
        if re.search(pattern, said, re.I):
            return f"git could not read {source}. {advice}"
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "no reason given")
    return f"git failed at {source}: {last}"
