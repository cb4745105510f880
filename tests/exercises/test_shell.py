"""Words for a shell: read back by the shell itself they are what went in."""

import shutil
import subprocess
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises import shell

ODD = (
    "plain",
    "two words",
    "Müller & Söhne #1 (100%) it's",
    "$HOME `id` $(id) \\",
    'say "yes"; rm',
    "--out_dir=a b",
    "",
    "*",
    "~",
)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize("word", ODD)
def test_bash_reads_a_word_as_it_was(word: str) -> None:
    line = shell.command(["printf", "%s|", word, "next"], "bash")
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert done.stdout.decode("utf-8") == f"{word}|next|"


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_goes_into_a_folder_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "Müller & Söhne #1 (100%) it's"
    folder.mkdir()
    line = f"{shell.enter(folder, 'bash')} && touch here"
    subprocess.run(["bash", "-c", line], check=True)
    assert (folder / "here").is_file()


def read_powershell(line: str) -> list[str]:
    """The words of a line by PowerShell's rules for bare and single-quoted words; refuses all else."""
    words, rest = [], line
    while rest:
        if rest[0] == "'":
            word, at = "", 1
            while True:
                if rest[at] in "'‘’‚‛":
                    if rest[at + 1 : at + 2] not in tuple("'‘’‚‛"):
                        break
                    at += 1
                word += rest[at]
                at += 1
            words.append(word)
            rest = rest[at + 1 :]
        else:
            word, _, _ = rest.partition(" ")
            assert not set(word) & set("$`\"'(){}[];,|&<>@#%*?~‘’‚‛“”„"), word
            assert not (word.startswith("-") and set(word) & set(".:")), word
            words.append(word)
            rest = rest[len(word) :]
        assert rest[:1] in ("", " "), rest
        rest = rest[1:]
    return words


@settings(derandomize=True, max_examples=300)
@given(st.lists(st.one_of(st.sampled_from(ODD), st.text(max_size=20)), min_size=1, max_size=4))
def test_powershell_reads_words_as_they_were(words: list[str]) -> None:
    assert read_powershell(shell.command(words, "powershell")) == words


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="there is no PowerShell")
@pytest.mark.parametrize("word", ODD)
def test_powershell_itself_reads_a_word_as_it_was(word: str) -> None:
    line = f"[Console]::Out.Write({shell.powershell_word(word)!s})" if word else "[Console]::Out.Write('')"
    done = subprocess.run(["pwsh", "-NoProfile", "-Command", line], capture_output=True, check=True)
    assert done.stdout.decode("utf-8") == word


@pytest.mark.parametrize(
    ("folder", "line"),
    [
        (r"C:\tutor", r"cd C:\tutor"),
        (r"C:\a b", r"cd 'C:\a b'"),
        (r"C:\it's", r"cd 'C:\it''s'"),
        (r"\\server\share\a b", r"cd '\\server\share\a b'"),
        (r"C:\runs [1]", r"cd -LiteralPath 'C:\runs [1]'"),
    ],
)
def test_powershell_goes_into_a_folder_of_windows(folder: str, line: str) -> None:
    assert shell.enter(PureWindowsPath(folder), "powershell") == line
