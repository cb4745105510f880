from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.errors import KnowledgeError
from knowledge.ingest.sources import Corpus, Source, list_files, named_sources, read_text
from knowledge.search.library import WordsLibrary


def listed(folder: Path) -> list[str]:
    return [entry.path for entry in list_files(Source("s", folder))]


def put(folder: Path, *names: str, text: str = "x = 1\n") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def test_what_git_ignores_is_left_out_and_the_deepest_rule_decides(tmp_path: Path) -> None:
    put(tmp_path, "a.py", "out/b.py", "deep/c.py", "deep/keep.txt", "deep/drop.txt", "local.py")
    put(tmp_path, ".gitignore", text="out/\n*.txt\n")
    put(tmp_path, "deep/.gitignore", text="!keep.txt\n")
    put(tmp_path, ".git/info/exclude", text="local.py\n")
    assert listed(tmp_path) == ["s/a.py", "s/deep/c.py", "s/deep/keep.txt"]


def test_rules_of_the_repository_around_a_folder_hold(tmp_path: Path) -> None:
    put(tmp_path, ".git/HEAD", "inner/a.py", "inner/cache/b.py")
    put(tmp_path, ".gitignore", text="cache/\n")
    assert listed(tmp_path / "inner") == ["s/a.py"]


def test_data_environments_and_other_kinds_are_left_out(tmp_path: Path) -> None:
    put(
        tmp_path,
        "notes.txt",
        "c.json",
        "d.csv",
        "venv/pyvenv.cfg",
        "venv/e.py",
        "__pycache__/f.py",
        ".h/g.py",
    )
    put(tmp_path, "big.txt", text="line\n" * 20_000)
    put(tmp_path, "big.py", text="x = 1\n" * 20_000)
    put(tmp_path, "empty.py", text="")
    assert listed(tmp_path) == ["s/big.py", "s/notes.txt"]


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    put(tmp_path, "a/b.py")
    (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "outside.py").symlink_to(Path(__file__))
    assert listed(tmp_path) == ["s/a/b.py"]


def test_a_single_file_has_its_own_name(tmp_path: Path) -> None:
    put(tmp_path, "plan.md")
    [source] = named_sources([tmp_path / "plan.md"], {})
    assert [entry.path for entry in list_files(source)] == ["plan.md"]


def test_two_of_a_name_and_nothing_there_are_said(tmp_path: Path) -> None:
    put(tmp_path, "one/x/a.py", "two/x/a.py")
    with pytest.raises(KnowledgeError, match="Two sources are called x"):
        named_sources([tmp_path / "one/x", tmp_path / "two/x"], {})
    with pytest.raises(KnowledgeError, match="nothing at"):
        named_sources([tmp_path / "three"], {})
    named = named_sources([tmp_path / "one/x"], {"y": tmp_path / "two/x"})
    assert [source.name for source in named] == ["x", "y"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    text = "Für größere Städte: schöne Lösung\nzweite Zeile mit Umlauten äöü\n"
    file = tmp_path / "a.md"
    file.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    assert read_text(file) == text


def test_a_folder_of_bad_input_is_searched_all_the_same(tmp_path: Path) -> None:
    put(tmp_path, "good.py", text="def hide_the_future(scores):\n    return scores.tril()\n")
    body = "".join(f"    total += weights[{number}]\n" for number in range(10_000))
    put(tmp_path, "long.py", text=f"def long(total, weights):\n{body}    return total\n")
    put(tmp_path, "broken.ipynb", text='{"cells": 7}')
    put(tmp_path, "deep.ipynb", text="[" * 100_000)
    put(tmp_path, "unfinished.py", text="def f(:\n" + "(" * 5_000)
    (tmp_path / "half.md").write_bytes(b"# caf\xe9 \xff\xfe\n\ntext \x80\n")
    (tmp_path / "japanese.md").write_bytes("# \u5b66\u7fd2\u7387\n\n\u8aac\u660e".encode("shift_jis"))
    (tmp_path / "picture.py").write_bytes(b"\x89PNG\x00\x01" * 500)
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "nowhere.py").symlink_to(tmp_path / "gone.py")
    library = WordsLibrary(Corpus((Source("s", tmp_path),)))
    assert library.search("where is the future hidden").hits[0].passage.span.path == "s/good.py"
    longest = max(library.contents.passages, key=lambda passage: passage.text.count("\n"))
    assert longest.text.count("\n") < 100, "a function of ten thousand lines is found in parts"


def test_binary_and_generated_files_are_not_read(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"\x00\x01" * 100)
    assert read_text(file) is None
    file.write_text("x = [" + "1, " * 5_000 + "]\n", encoding="utf-8")
    assert read_text(file) is None
    assert read_text(tmp_path / "gone.py") is None
