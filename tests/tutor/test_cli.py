import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tutor.__main__ import main
from tutor.chat.command import as_json, as_text
from tutor.chat.types import Answer, Citation, RunProposal
from tutor.corpus.service import KnowledgeService
from tutor.settings import PROJECT

CITED = Citation(1, "a.py:1-2", "a.py", 1, 2, None, hashlib.sha256(b"x").hexdigest(), "x", "x")


def tutor(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TUTOR_")}
    return subprocess.run(
        [sys.executable, "-m", "tutor", *arguments],
        cwd=PROJECT, capture_output=True, text=True, encoding="utf-8", timeout=280,
        env={**kept, "TUTOR_HOME": str(home), "OMP_NUM_THREADS": "1", **environment},
    )  # fmt: skip


def test_where_names_every_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(tmp_path), "where", "--json"]) == 0
    places = json.loads(capsys.readouterr().out)
    assert places["home"] == str(tmp_path) and places["project"] == str(PROJECT)
    assert main(["--home", str(tmp_path), "where"]) == 0
    assert f"runs       {tmp_path / 'runs'}" in capsys.readouterr().out


@pytest.mark.parametrize("question", ["", "   ", "x" * 100_000])
def test_what_is_no_question_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], question: str
) -> None:
    assert main(["--home", str(tmp_path), "ask", question]) == 2
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.strip().splitlines()) == 1


def test_a_mistyped_setting_is_told_without_a_traceback(tmp_path: Path) -> None:
    done = tutor("where", home=tmp_path, TUTOR_MODLE="x")
    assert done.returncode == 2
    assert "TUTOR_MODLE" in done.stderr and "Traceback" not in done.stderr


def test_the_answer_for_programs_has_exactly_what_was_promised() -> None:
    answer = Answer(
        "Text [1].", (CITED,), False, ("More",), RunProposal("nanogpt", {"steps": 3}), "c", "explain"
    )
    assert as_json(answer) == {
        "answer": "Text [1].",
        "citations": [
            {"path": "a.py", "start": 1, "end": 2, "cell": None, "sha256": CITED.sha256, "text": "x"}
        ],
        "abstained": False,
        "suggestions": ["More"],
        "run": {"exercise": "nanogpt", "knobs": {"steps": 3}},
    }
    assert as_json(Answer("No.", abstained=True))["run"] is None
    assert "[1] a.py:1-2" in as_text(answer) and "You could ask: More" in as_text(answer)


def asked(folder: Path, *lines: bytes) -> Path:
    file = folder / "my questions.jsonl"
    file.write_bytes(b"\n".join(lines))
    return file


ATTENTION = '{"id": "ä", "question": "explain attention"}'.encode()
RISOTTO = b'{"id": 2, "question": "How long does a risotto take?", "more": []}'
BAD_LINES = (
    b"no JSON",
    b"[]",
    b"\xff\xfe",
    b'{"id": 3}',
    b'{"id": true, "question": "explain attention"}',
    b'{"id": [], "question": "explain attention"}',
    b'{"id": 3, "question": 7}',
    b'{"id": 3, "question": "  "}',
    b'{"id": 3, "question": "' + b"x" * 20_001 + b'"}',
    b"[" * 100_000,
    b" " * (2 * 2**20) + b"x",
)


@pytest.fixture
def by_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which is found by words alone, so that no index is built."""
    monkeypatch.setenv("TUTOR_EMBEDDING_MODEL", str(tmp_path / "no model"))
    return tmp_path / "home"


def test_a_file_of_questions_is_answered_line_by_line(
    by_words: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    prepare = KnowledgeService.prepare
    monkeypatch.setattr(
        KnowledgeService, "prepare", lambda self, report: (opened.append(self), prepare(self, report))[0]
    )
    file = asked(tmp_path, b"\xef\xbb\xbf" + ATTENTION + b"\r", b"", RISOTTO)
    assert main(["--home", str(by_words), "ask", "--json", "--questions", str(file)]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert set(first) == set(second) == {"id", "kind", "answer", "citations", "abstained"}
    assert first["id"] == "ä" and first["kind"] == "explain" and not first["abstained"]
    assert "knowledge/lessons/concepts/attention.md" in {each["path"] for each in first["citations"]}
    for each in first["citations"]:
        assert hashlib.sha256(each["text"].encode("utf-8")).hexdigest() == each["sha256"]
    assert second["id"] == 2 and second["abstained"]
    assert len(opened) == 1, "the index is opened once for all of them"


def test_a_bad_line_ends_in_a_sentence_after_the_good_ones(
    by_words: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = asked(tmp_path, ATTENTION, b"", b"no JSON", RISOTTO)
    assert main(["--home", str(by_words), "ask", "--json", "--questions", str(file)]) == 2
    said = capsys.readouterr()
    [answer] = said.out.splitlines()
    assert json.loads(answer)["id"] == "ä"
    assert "Line 3 of " in said.err and "Traceback" not in said.err


@pytest.mark.parametrize("line", BAD_LINES, ids=range(len(BAD_LINES)))
def test_what_is_no_line_with_a_question_is_named_by_its_number(
    by_words: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: bytes
) -> None:
    file = asked(tmp_path, b"", line)
    assert main(["--home", str(by_words), "ask", "--questions", str(file)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and re.match(r"Line \d of ", said.err) and len(said.err.splitlines()) == 1


def test_questions_that_cannot_be_read_and_none_at_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--home", str(tmp_path), "ask", "--questions", str(tmp_path / "none.jsonl")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    for arguments in (["ask"], ["ask", "why?", "--questions", "a.jsonl"]):
        with pytest.raises(SystemExit):
            main(arguments)


@pytest.mark.slow
def test_a_question_is_answered_from_a_fresh_start(tmp_path: Path) -> None:
    """Builds the whole index: the slowest test here."""
    done = tutor("ask", "explain attention", "--json", home=tmp_path / "a home")
    assert done.returncode == 0, done.stderr
    [line] = done.stdout.splitlines()
    answer = json.loads(line)
    assert not answer["abstained"] and answer["run"]["exercise"] == "nanogpt"
    paths = {each["path"] for each in answer["citations"]}
    assert {"exercises/nanogpt/model.py", "knowledge/lessons/concepts/attention.md"} <= paths
    for each in answer["citations"]:
        lines = (PROJECT / each["path"]).read_text(encoding="utf-8").split("\n")
        assert "\n".join(lines[each["start"] - 1 : each["end"]]) == each["text"]
        assert hashlib.sha256(each["text"].encode("utf-8")).hexdigest() == each["sha256"]
    assert "Traceback" not in done.stderr


def test_doctor_says_what_is_wrong_and_how_to_mend_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "tutor.db").write_bytes(b"not a database at all" * 200)
    empty = home / "upstream" / "nanoGPT" / "data" / "input.txt"
    empty.parent.mkdir(parents=True)
    empty.touch()
    (home / "upstream" / "makemore.partial").mkdir()
    (home / "index").mkdir()
    (home / "index" / "current.json").write_text("{", encoding="utf-8")
    done = tutor("doctor", home=home)
    assert done.returncode == 1
    assert "wrong  Database" in done.stdout and "damaged" in done.stdout
    assert "input.txt is empty" in done.stdout
    assert "cloned by half" in done.stdout and "upstream clone makemore" in done.stdout
    assert "note   Index" in done.stdout and "built anew" in done.stdout
    assert "Traceback" not in done.stderr
