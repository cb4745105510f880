"""Settings: flags over environment over `config.toml` over defaults.

Unknown keys are refused by name, wherever they come from. Keys of services are secrets: they are never
logged, stored or shown.
"""

import difflib
import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from sqlalchemy.engine import URL, make_url

from exercises.faults import usual_home, why
from exercises.names import is_plain
from tutor.errors import SettingsError
from tutor.quoting import file_database

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = "zero-to-hero-tutor"  # as pip knows it
PREFIX = "TUTOR_"


def _folder(given: Path) -> Path:
    """A folder as it was meant; it need not be there yet. Raises ValueError where it can never be."""
    try:
        folder = given.expanduser().absolute()
        other = folder.exists() and not folder.is_dir()
    except RuntimeError as error:
        raise ValueError(
            f"nobody on this machine is called {given.parts[0]}; write the whole path"
        ) from error
    except OSError as error:
        raise ValueError(f"{str(given)[:80]}: {why(error)}") from error
    if other:
        raise ValueError(f"{folder} is no folder; give one, or a path where nothing is yet")
    return folder


class Settings(BaseSettings):
    """Everything that can be set; the names in the environment begin with `TUTOR_`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    home: Path = Field(default_factory=usual_home, description="conversations, progress, runs, the index")
    database_url: str = Field(default="", description="an SQLAlchemy URL; empty: SQLite in the home folder")
    embedding_model: str = Field(
        default="", description="a sentence-transformers model; empty: the one that comes inside a package"
    )
    upstream: Path | None = Field(
        default=None, description="clones of Karpathy's repositories; unset: upstream in the home folder"
    )
    learner: str = Field(default="local", min_length=1, max_length=64, description="whose record this is")
    model: str = Field(
        default="", description="a chat model as provider:name; empty: Claude with a key; builtin: none"
    )
    model_url: str = Field(default="", description="address of a server that speaks the provider's protocol")
    search_help: bool = Field(
        default=False,
        description="the model rewords what is searched for and orders what is found: slower, costs tokens",
    )
    open: bool = Field(
        default=False, description="yes: serve beyond this machine without a login, to all who reach it"
    )
    monthly_limit: float | None = Field(
        default=None,
        ge=0,
        description="dollars a month for models; an answer that could pass it is not begun",
    )
    anthropic_api_key: SecretStr | None = Field(default=None, validation_alias="anthropic_api_key")

    @field_validator("home", "upstream")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return _folder(value) if value is not None else None

    @field_validator("learner")
    @classmethod
    def _one_name(cls, value: str) -> str:
        if not is_plain(value):
            raise ValueError(
                'it is a name, such as ana: no path, none of < > : " / \\ | ? *, no space or dot at an end'
            )
        return value

    @property
    def index(self) -> Path:
        """The search index: derived, may be deleted at any time."""
        return self.home / "index"

    @property
    def runs(self) -> Path:
        """The run folders."""
        return self.home / "runs"

    @property
    def transcripts(self) -> Path:
        """Transcripts of lectures."""
        return self.home / "transcripts"

    @property
    def documents(self) -> Path:
        """Her own documents."""
        return self.home / "documents"

    @property
    def backups(self) -> Path:
        """Copies of the database from before each migration."""
        return self.home / "backups"

    @property
    def upstream_folder(self) -> Path:
        """Where clones of Karpathy's repositories are, or would be."""
        return self.upstream or self.home / "upstream"

    @property
    def lessons(self) -> Path:
        """Our curriculum, part of the project."""
        return PROJECT / "knowledge" / "lessons"

    @property
    def database(self) -> URL:
        """The SQLAlchemy URL in use. Raises sqlalchemy.exc.ArgumentError when the one given is none."""
        return make_url(self.database_url) if self.database_url else file_database(self.home / "tutor.db")

    @property
    def database_place(self) -> str:
        """Where the database is, to be shown: without a password."""
        url = self.database
        return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then environment, then the file; its place is known only after `home` is."""
        flags = init_settings()
        home = flags.get("home") or os.environ.get(f"{PREFIX}HOME") or usual_home()
        file = _folder(Path(home)) / "config.toml"
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)


def load_settings(**flags: Any) -> Settings:
    """Read all sources; flags that are None count as not given. Raises SettingsError."""
    _refuse_unknown_environment()
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The file config.toml in the home folder is not TOML: {error}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"config.toml in the home folder cannot be read: {error}.") from error
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None  # the original would print the values, keys included
    except ValueError as error:
        raise SettingsError(f"The setting 'home' cannot be used: {error}.") from error


def _refuse_unknown_environment() -> None:
    """pydantic-settings forbids unknown names only in files: a mistyped variable would pass in silence."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields if name != "anthropic_api_key"}
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            raise SettingsError(f"The environment variable {name} is not a setting.{_nearest(name, known)}")


def _nearest(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name.upper(), [each.upper() for each in known], n=1)
    spelled = {each.upper(): each for each in known}
    return f" Did you mean {spelled[close[0]]}?" if close else f" Known are: {', '.join(sorted(known))}."


def _explain(error: ValidationError) -> str:
    names = set(Settings.model_fields)
    told = []
    for problem in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            told.append(f"The setting {name!r} is unknown.{_nearest(name, names)}")
        else:
            told.append(f"The setting {name!r} cannot be used: {problem['msg']}.")
    return " ".join(told)
