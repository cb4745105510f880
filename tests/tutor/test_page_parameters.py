"""Pages opened by an address that somebody else wrote: what is named in it is shown as text, if at all."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.tutor.chat.rules.test_quoting import NASTY, kinds


@pytest.mark.parametrize(("page", "name"), [("lab", "run"), ("lab", "experiment"), ("chat", "c")])
def test_nothing_in_an_address_becomes_markup(
    page: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TUTOR_MODEL", "builtin")
    app = AppTest.from_string(f"from tutor.ui.pages import {page}\n{page}.show()", default_timeout=60)
    for text in NASTY:
        app.query_params[name] = text
        app.run()
        assert not app.exception, text
        for shown in (*app.markdown, *app.warning, *app.error, *app.info, *app.caption):
            marked = kinds(shown.value) & {"link_open", "image", "html_inline", "html_block"}
            assert "evil" not in shown.value or not marked, shown.value
        assert name != "run" or len(app.warning) == 1, "that there is no such run is said"
