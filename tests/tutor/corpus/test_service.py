import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.types import Done
from tutor.corpus.service import KnowledgeService, Progress
from tutor.run_catalog import RunCatalog
from tutor.settings import PROJECT, Settings

CARDS = ("attention", "softmax", "embedding")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project of its own: three real cards and one exercise's model."""
    root = tmp_path / "project"
    cards = root / "knowledge" / "lessons" / "concepts"
    cards.mkdir(parents=True)
    for name in CARDS:
        shutil.copy(PROJECT / "knowledge" / "lessons" / "concepts" / f"{name}.md", cards)
    code = root / "exercises" / "nanogpt"
    code.mkdir(parents=True)
    shutil.copy(PROJECT / "exercises" / "nanogpt" / "model.py", code)
    return root


def test_words_answer_at_once_and_say_so(settings: Settings, project: Path) -> None:
    service = KnowledgeService(settings, project)
    begun = time.perf_counter()
    results = service.library.search("explain attention")
    assert time.perf_counter() - begun < 10
    assert results.words_only and results.hits
    assert "words alone" in service.notice
    assert service.progress == Progress("words")


def test_a_broken_card_is_left_out_and_listed(settings: Settings, project: Path) -> None:
    (project / "knowledge" / "lessons" / "concepts" / "broken.md").write_text(
        "---\nid: [\n", encoding="utf-8"
    )
    curriculum = KnowledgeService(settings, project).curriculum
    assert set(curriculum.concepts) == set(CARDS)
    assert [problem.path for problem in curriculum.problems] == ["concepts/broken.md"]


@pytest.mark.slow
def test_the_index_is_built_used_refreshed_and_mended(
    settings: Settings, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutor.corpus.service.LOOK_EVERY", 0.2)
    service = KnowledgeService(settings, project)
    told: list[Progress] = []
    service.prepare(told.append)
    assert service.progress.state == "ready" and service.notice == ""
    assert any(each.total and each.what for each in told)
    assert not service.library.search("explain attention").words_only

    service.start()
    card = project / "knowledge" / "lessons" / "concepts" / "attention.md"
    card.write_text(
        card.read_text(encoding="utf-8").replace("Picture a meeting", "Picture a market"), "utf-8"
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = list(BuiltinTutor(service, RunCatalog({}, {})).answer("explain attention", ()))[-1]
        assert isinstance(answer, Done)
        cited = [each.text for each in answer.answer.citations]
        if any("Picture a market" in text for text in cited):
            break  # until the index has caught up, the new lines are told but not cited
        assert not any("Picture a meeting" in text for text in cited) or "a meeting" in answer.answer.text
        time.sleep(0.3)
    assert "Picture a market" in answer.answer.text and any("Picture a market" in text for text in cited)
    service.close()

    for file in settings.index.rglob("*"):
        if file.is_file() and file.suffix in {".json", ".jsonl", ".sqlite3", ".bin"}:
            file.write_bytes(b"damaged")
    mended = KnowledgeService(settings, project)
    mended.prepare(lambda progress: None)
    assert mended.progress.state == "ready"
    assert not mended.library.search("explain attention").words_only


def test_a_first_question_waits_the_moment_that_an_index_from_the_pack_takes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutor.corpus.service.OPENING", 120.0)
    service = KnowledgeService(settings)
    service.start()
    results = service.library.search("explain attention")
    assert not results.words_only and results.hits
    assert service.notice == ""
    service.close()


@pytest.mark.slow
def test_what_ships_is_asked_and_answered_without_torch_or_chroma(settings: Settings) -> None:
    code = (
        "import sys\n"
        "from tutor.__main__ import main\n"
        f"assert main(['--home', {str(settings.home)!r}, 'ask', 'explain attention']) == 0\n"
        "print([name for name in ('torch', 'transformers', 'chromadb') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr
    assert "words alone" not in done.stdout


def test_an_index_that_cannot_be_written_leaves_words(settings: Settings, project: Path) -> None:
    settings.home.mkdir(parents=True)
    settings.index.write_text("a file where the folder should be", encoding="utf-8")
    service = KnowledgeService(settings, project)
    service.prepare(lambda progress: None)
    assert service.progress.state == "failed" and service.progress.error
    assert service.library.search("explain attention").words_only
    assert "words alone" in service.notice


@pytest.mark.slow
def test_a_new_clone_is_found_by_words_while_its_meaning_is_learned(
    settings: Settings, project: Path
) -> None:
    service = KnowledgeService(settings, project)
    service.prepare(lambda progress: None)
    clone = settings.upstream_folder / "tides"
    (clone / ".git").mkdir(parents=True)
    (clone / "moon.py").write_text("def high_water(moon):\n    return 12.4 * moon\n", encoding="utf-8")
    settings.transcripts.mkdir()  # a source without a file is nothing to wait for
    found_meanwhile: list[tuple[bool, str]] = []

    def told(progress: Progress) -> None:
        if progress.total and progress.state == "building":
            found = service.library.resolve("tides/moon.py::high_water") is not None
            found_meanwhile.append((found, service.notice))

    service.prepare(told)
    assert found_meanwhile and all(found for found, _ in found_meanwhile)
    assert all("words alone" in notice for _, notice in found_meanwhile)
    assert service.notice == "" and service.library.resolve("tides/moon.py::high_water") is not None
