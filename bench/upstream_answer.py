"""From "clone" to the first answer about upstream code, and what a `git pull` costs.

    python -m bench.upstream_answer --base FOLDER [--cold]

FOLDER holds clones of Karpathy's repositories (NAME or NAME.git), so that no network is needed. Everything
happens in a temporary home, as the app does it: one service that indexes in the background and answers all
the while. Prints seconds:
own      indexing the lessons and exercises, which stands before anybody clones (skipped with --cold)
clone    git's own time, left out of the sum
first    from the end of cloning to the first answer that cites upstream's lines
whole    from the end of cloning until search by meaning covers them
pull     after a commit that changes one function: until the index has it, and how many texts were embedded
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from exercises.upstream.repositories import REPOSITORIES
from exercises.upstream.workspace import clone
from knowledge.embedding.embedder import embedder_for
from knowledge.index.build import BuildReport, build
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.types import Answer, Done
from tutor.corpus.clones import link_to
from tutor.corpus.service import KnowledgeService
from tutor.run_catalog import RunCatalog
from tutor.settings import Settings, load_settings

QUESTION = "Where does nanoGPT recreate np.memmap for every batch?"
PLACE = "nanoGPT/train.py"
PATIENCE = 600.0  # seconds
WHO = ("-c", "user.name=RunCatalog", "-c", "user.email=bench@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str) -> None:
    """Run git and stop when it fails."""
    subprocess.run(["git", *WHO, *arguments], cwd=folder, check=True, capture_output=True)


def ask(settings: Settings, knowledge: KnowledgeService) -> Answer:
    """One answer from what is indexed at this moment."""
    tutor = BuiltinTutor(knowledge, RunCatalog.load(), link_to(settings))
    done = list(tutor.answer(QUESTION, ()))[-1]
    assert isinstance(done, Done)
    return done.answer


def cites(answer: Answer) -> str:
    """The first citation of upstream's file; empty without one."""
    return next(
        (f"{each.path}:{each.start}-{each.end}" for each in answer.citations if each.path == PLACE), ""
    )


def measure(settings: Settings, base: Path, cold: bool) -> dict[str, float]:
    """Seconds of each part."""
    knowledge = KnowledgeService(settings)
    seconds: dict[str, float] = {}
    if not cold:
        begun = time.perf_counter()
        knowledge.start()
        knowledge.wait(PATIENCE)
        seconds["own"] = time.perf_counter() - begun
    begun = time.perf_counter()
    for one in REPOSITORIES.values():
        clone(one, settings.upstream_folder, str(base), lambda line: None)
    seconds["clone"] = time.perf_counter() - begun
    begun = time.perf_counter()
    knowledge.start()
    knowledge.look()
    answer = ask(settings, knowledge)
    while not cites(answer) and time.perf_counter() - begun < PATIENCE:
        time.sleep(0.2)
        answer = ask(settings, knowledge)
    seconds["first"] = time.perf_counter() - begun
    print(f"{QUESTION}\n  {cites(answer)}  {answer.notice}")
    while not whole(knowledge) and time.perf_counter() - begun < PATIENCE:
        time.sleep(0.1)
    seconds["whole"] = time.perf_counter() - begun
    print(f"  then {cites(ask(settings, knowledge))}")
    knowledge.close()
    return seconds


def whole(knowledge: KnowledgeService) -> bool:
    """Whether search by meaning covers the clones."""
    return not knowledge.notice and PLACE in knowledge.library.contents.documents


def pull(settings: Settings, base: Path, scratch: Path) -> tuple[float, BuildReport]:
    """Seconds and report of the refresh after a commit that changes one function of nanoGPT."""
    shutil.copytree(base / "nanoGPT", scratch / "nanoGPT")
    file = scratch / PLACE
    text = file.read_text(encoding="utf-8")
    changed = text.replace("def get_lr(it):\n", "def get_lr(it):\n    # the rate at an iteration\n")
    assert changed != text
    file.write_text(changed, encoding="utf-8", newline="\n")
    git(scratch / "nanoGPT", "commit", "--quiet", "--all", "-m", "A comment")
    git(settings.upstream_folder / "nanoGPT", "pull", "--quiet", str(scratch / "nanoGPT"), "HEAD")
    begun = time.perf_counter()
    embedder = embedder_for(settings.embedding_model or None)
    report = build(KnowledgeService(settings).corpus(), settings.index, embedder)
    return time.perf_counter() - begun, report


def main() -> None:
    """Measure and print."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--base", type=Path, required=True, help="a folder of clones")
    parser.add_argument("--cold", action="store_true", help="clone before anything is indexed")
    options = parser.parse_args()
    os.environ.pop("TUTOR_UPSTREAM", None)
    with tempfile.TemporaryDirectory(prefix="tutor home ", ignore_cleanup_errors=True) as folder:
        settings = load_settings(home=Path(folder) / "home")
        seconds = measure(settings, options.base, options.cold)
        seconds["pull"], report = pull(settings, options.base, Path(folder))
    print(f"{os.cpu_count()} cores, seconds")
    for name, taken in seconds.items():
        print(f"{name:<8} {taken:7.2f}")
    print(f"pull: {report.embedded} of {report.rows} texts embedded, {report.files} files")


if __name__ == "__main__":
    main()
