from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from knowledge.__main__ import main, parser
from knowledge.embedding.embedder import SentenceTransformerEmbedder
from tests.knowledge.conftest import MODEL


def test_questions_as_json_lines_are_answered_in_order(
    toy: Path,
    tmp_path: Path,
    embedder: SentenceTransformerEmbedder,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = str(tmp_path / "index")
    assert main(["index", str(toy), "--name", f"twin={toy}", "--index", index]) == 0
    assert "passages" in capsys.readouterr().out
    asked = [
        {"id": "b", "question": "where is the future hidden", "other": 1},
        {"id": 2, "question": "install"},
    ]
    stream = io.TextIOWrapper(io.BytesIO("".join(json.dumps(one) + "\n" for one in asked).encode()))
    monkeypatch.setattr("sys.stdin", stream)
    assert main(["search", "--index", index, "--json", "-k", "3"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["id"] for answer in answers] == ["b", 2]
    hit = answers[0]["hits"][0]
    assert set(hit) == {"path", "start", "end", "cell", "score", "text"}
    assert hit["path"] in {"toy/model.py", "twin/model.py"}
    assert hit["text"] == "\n".join(MODEL.split("\n")[hit["start"] - 1 : hit["end"]])
    assert hit["cell"] is None
    assert len(answers[0]["hits"]) == 3
    assert {"confidence", "latency_ms"} <= set(answers[0])


def test_one_question_is_answered_to_read(
    toy: Path, tmp_path: Path, embedder: SentenceTransformerEmbedder, capsys: pytest.CaptureFixture[str]
) -> None:
    index = str(tmp_path / "index")
    main(["index", str(toy), "--index", index])
    assert main(["search", "--index", index, "where", "is", "the", "future", "hidden"]) == 0
    assert "1. toy/model.py:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["index", "nowhere", "--index", "i"], "nothing at nowhere"),
        (["index", "--name", "x", "--index", "i"], "write NAME=FOLDER"),
        (["search", "--index", "nowhere", "why"], "No index at nowhere"),
        (["seal", "."], "There are no notes"),
        (["eval", "none.jsonl", "--index", "nowhere"], "No index at nowhere"),
    ],
)
def test_what_cannot_be_done_is_said_without_a_traceback(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert says in capsys.readouterr().err


def test_units_are_listed_with_what_a_note_calls_them(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["units", str(toy)]) == 0
    assert "symbol: Attention" in capsys.readouterr().out
    assert main(["units", str(toy), "--yaml"]) == 0
    assert "questions: []" in capsys.readouterr().out


def test_every_command_is_explained() -> None:
    text = parser().format_help()
    for command in ("index", "search", "check", "eval", "units", "seal"):
        assert command in text
