"""The one boundary: pages, workers and commands end in a sentence with a number, which the log explains."""

import ast
import errno
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest

from exercises import cli as exercises_cli
from exercises import faults
from exercises.faults import Fault, Work, boundary, command, why
from knowledge import __main__ as knowledge_cli
from tests.bent import cases, untouched, words
from tutor import __main__ as tutor_cli
from tutor.errors import DatabaseError
from tutor.settings import PROJECT, load_settings
from tutor.store.database import open_database
from tutor.store.tables import LearnerRow
from tutor.ui import entry
from tutor.ui.navigation import TITLES
from tutor.ui.services import services

WORK = Work("It broke off.", "All is kept.", "Try again.")
PARAMETERS = ("run", "exercise", "experiment", "week", "concept", "sitting", "prompt", "c", "short")


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a home in it, which the pages use; search goes by words: no model is loaded."""
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path / "home of hers"))
    monkeypatch.setenv("TUTOR_EMBEDDING_MODEL", str(tmp_path / "no model"))
    services.clear()  # type: ignore[attr-defined]
    yield tmp_path
    if (tmp_path / "home of hers").exists():
        services().close()
    services.clear()  # type: ignore[attr-defined]


def opened() -> AppTest:
    app = AppTest.from_file(str(PROJECT / "tutor" / "ui" / "entry" / "script.py"), default_timeout=120)
    app.run()
    return app


def visit(app: AppTest, page: str, parameters: dict[str, str]) -> None:
    """Open a page by its address, as a browser does."""
    by_name = {info.get("url_pathname"): key for key, info in app._registered_pages.items()}
    app._page_hash = by_name["" if page == "home" else page]
    app.query_params = dict(parameters)
    app.run()


def log_of(home: Path) -> str:
    return (home / faults.LOG).read_text(encoding="utf-8")


def number_in(sentence: str) -> str:
    [number] = re.findall(r"Number (\d{6})", sentence)
    return str(number)


def test_whatever_stands_in_an_address_a_page_is_shown(around: Path) -> None:
    app = opened()
    kept = around / "home of hers"

    @cases(50)
    @given(
        page=st.sampled_from(sorted(TITLES)),
        parameters=st.dictionaries(st.sampled_from(PARAMETERS) | words().filter(bool), words(), max_size=3),
    )
    def visited(page: str, parameters: dict[str, str]) -> None:
        with untouched(around, kept):
            visit(app, page, parameters)
            assert not app.exception
            assert not [error.value for error in app.error if "Nobody foresaw" in error.value]
            visit(app, "home", {})
            assert not app.exception and app.title[0].value == "From zero to hero"

    visited()
    for page in TITLES:
        visit(app, page, {})
        assert not app.exception and not app.error, page


def test_a_page_that_breaks_says_so_and_the_next_one_works(
    around: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened()

    def broken() -> None:
        raise ZeroDivisionError("sk-ant-planted-in-a-message")

    with monkeypatch.context() as here:
        here.setattr("tutor.ui.pages.map.show", broken)
        visit(app, "map", {})
    assert not app.exception
    [said] = [error.value for error in app.error]
    assert "kept" in said and "Try again" in said
    logged = log_of(around / "home of hers")
    assert number_in(said) in logged and "ZeroDivisionError" in logged and "test_boundary.py" in logged
    assert "planted" not in logged + said
    visit(app, "map", {})
    assert not app.exception and not app.error


def test_a_record_that_cannot_be_used_is_said_on_the_page(around: Path) -> None:
    home = around / "home of hers"
    home.mkdir()
    (home / "tutor.db").write_bytes(b"not a database" * 100)
    app = opened()
    assert not app.exception and "is damaged" in app.error[0].value
    (home / "tutor.db").unlink()


@pytest.mark.parametrize("signal", [StopException(), RerunException(RerunData()), KeyboardInterrupt()])
def test_signals_pass_through(signal: BaseException) -> None:
    told: list[Fault] = []
    with pytest.raises(type(signal)), boundary(WORK, told.append):
        raise signal
    assert told == []


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EACCES, "not allow"),
        (errno.ENAMETOOLONG, "too long"),
        (errno.EIO, "says"),
    ],
)
def test_what_the_system_refuses_is_put_in_words(tmp_path: Path, number: int, word: str) -> None:
    told: list[Fault] = []
    with boundary(Work("It broke off.", "All is kept.", "", tmp_path), told.append):
        raise OSError(number, "no")
    assert word in told[0].sentence and "Nobody foresaw" not in told[0].sentence
    assert word in why(OSError(number, "no"))


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    fault = faults.record(ZeroDivisionError(), Work("It broke off.", "", "", tmp_path / "file"))
    assert fault.number == "" and "log could not be written" in fault.sentence


def test_the_log_does_not_grow_for_ever(tmp_path: Path) -> None:
    work = Work("It broke off.", "", "", tmp_path)
    for _ in range(4):
        (tmp_path / faults.LOG).write_text("x" * (faults.LARGEST + 1), encoding="utf-8")
        faults.record(ZeroDivisionError(), work)
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == [faults.LOG, "faults.old.log"]
    assert (tmp_path / faults.LOG).stat().st_size < 5000


def test_secrets_do_not_reach_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "a-value-of-mine")
    said = "a-value-of-mine sk-ant-0123456789 postgresql://ana:hunter22@host/db Bearer abcdef"
    faults.record(ValueError(said), Work("It broke off.", "", "", tmp_path))
    logged = log_of(tmp_path)
    assert "ValueError" in logged
    assert not any(secret in logged for secret in ("a-value-of-mine", "0123456789", "hunter22", "abcdef"))


def test_commands_end_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path / "home"))

    def broken(*_: object) -> int:
        raise ZeroDivisionError("at last")

    for target, main, arguments in (
        ("tutor.__main__._where", tutor_cli.main, ["where"]),
        ("exercises.cli._list", exercises_cli.main, ["list"]),
    ):
        with monkeypatch.context() as here:
            here.setattr(target, broken)
            assert main(arguments) == 2
        said = capsys.readouterr().err
        assert "Traceback" not in said and "try again" in said.lower()
        if main is not knowledge_cli.main:  # which has no home, so no log
            assert number_in(said) in log_of(tmp_path / "home")


def test_the_commands_of_what_is_known_end_in_a_sentence_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError("at last")

    monkeypatch.setattr("knowledge.__main__.run_units", broken)
    assert knowledge_cli.main(["units", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "Nobody foresaw this (ZeroDivisionError: at last)" in said and "Traceback" not in said


def test_a_command_that_is_broken_off_is_quiet(tmp_path: Path) -> None:
    def broken() -> int:
        raise KeyboardInterrupt

    assert command(broken, tmp_path) == 130
    assert not list(tmp_path.iterdir())


@cases(40)
@given(home=words())
def test_whatever_the_home_is_called_a_command_answers(
    tmp_path_factory: pytest.TempPathFactory, home: str
) -> None:
    around = tmp_path_factory.mktemp("around")
    with pytest.MonkeyPatch.context() as here:
        here.setenv("TUTOR_HOME", str(around / "home"))
        here.chdir(around)
        with untouched(around, around / "home"):
            assert tutor_cli.main(["--home", home, "where"]) in (0, 2)


def test_a_statement_that_the_database_rejects_is_put_in_words(tmp_path: Path) -> None:
    database = open_database(load_settings(home=tmp_path / "home"))
    for name in ("\ud800", 10**30):
        with pytest.raises(DatabaseError, match="Nothing was changed"), database.write() as session:
            session.add(LearnerRow(id=name))
    database.close()


def test_streamlit_calls_nothing_of_ours_outside_the_boundary() -> None:
    """Fragments, dialogs and callbacks are called without the page: each is guarded."""
    for path in sorted((PROJECT / "tutor" / "ui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                ways = [ast.unparse(one) for one in node.decorator_list]
                if any(way.startswith(("st.fragment", "st.dialog")) for way in ways):
                    assert ways[-1] == "guarded", f"{path}:{node.lineno}"
            if isinstance(node, ast.keyword) and node.arg in ("on_click", "on_change"):
                given_to = ast.unparse(node.value)
                assert given_to.startswith(("guarded(", "'")), f"{path}:{node.value.lineno}"


def test_no_folder_of_pages_lies_beside_what_streamlit_runs() -> None:
    """It would become pages by itself, and each address would open an empty one."""
    folder = Path(entry.__file__).parent
    assert (folder / "script.py").is_file()
    assert not (folder / "pages").exists()
