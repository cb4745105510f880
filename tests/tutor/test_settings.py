from pathlib import Path

import pytest

from tutor.errors import SettingsError
from tutor.settings import load_settings


def write(home: Path, text: str) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.toml").write_text(text, encoding="utf-8")
    return home


def test_a_flag_beats_the_environment_and_that_beats_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = write(
        tmp_path / "a b", 'model = "from-file"\nlearner = "from-file"\nembedding_model = "from-file"'
    )
    monkeypatch.setenv("TUTOR_MODEL", "from-environment")
    monkeypatch.setenv("TUTOR_LEARNER", "from-environment")
    settings = load_settings(home=home, learner="from-flag")
    assert (settings.learner, settings.model, settings.embedding_model) == (
        "from-flag",
        "from-environment",
        "from-file",
    )


def test_the_file_is_read_from_the_home_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(write(tmp_path, 'learner = "ana"')))
    assert load_settings().learner == "ana"


def test_an_unknown_key_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"'modle' is unknown.*Did you mean model"):
        load_settings(home=write(tmp_path, 'modle = "x"'))


def test_a_mistyped_variable_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTOR_MODLE", "x")
    with pytest.raises(SettingsError, match=r"TUTOR_MODLE is not a setting. Did you mean TUTOR_MODEL"):
        load_settings(home=tmp_path)


@pytest.mark.parametrize("text", ["model = ", "\x00", "learner = ''"])
def test_a_broken_file_is_told_without_a_traceback(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError):
        load_settings(home=write(tmp_path, text))


def test_a_key_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-planted")
    settings = load_settings(home=tmp_path)
    assert settings.anthropic_api_key is not None
    assert settings.anthropic_api_key.get_secret_value() == "sk-planted"
    assert "planted" not in repr(settings) + str(settings.model_dump())


def test_a_key_in_a_file_with_a_mistake_is_not_shown_either(tmp_path: Path) -> None:
    home = write(tmp_path, 'anthropic_api_key = ["sk-planted"]\nlearner = 3')
    with pytest.raises(SettingsError) as caught:
        load_settings(home=home)
    assert "planted" not in str(caught.value) + repr(caught.value.__cause__)


def test_places_lie_in_the_home(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    assert {each.parent for each in (settings.index, settings.runs, settings.backups)} == {tmp_path}
    assert settings.database.get_backend_name() == "sqlite"
    assert settings.database.database == settings.database_place == str(tmp_path / "tutor.db")


def test_a_password_in_the_address_is_not_shown(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, database_url="postgresql+psycopg://ana:secret@db.example/tutor")
    assert "secret" not in settings.database_place
