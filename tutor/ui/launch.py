"""Opens the pages from a command: finds `app.py` and lets Streamlit serve it until it is ended."""

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tutor.errors import TutorError
from tutor.settings import PACKAGE, PROJECT, Settings

ENTRY = "app.py"
CONFIG = Path(".streamlit", "config.toml")  # without it Streamlit would serve to the whole network


def open_page(settings: Settings) -> int:
    """Serve the pages and open them in a browser; Streamlit's exit code. Raises TutorError without app.py."""
    folder = entry_folder()
    environment = os.environ | {"TUTOR_HOME": str(settings.home)}
    if settings.upstream:
        environment["TUTOR_UPSTREAM"] = str(settings.upstream)
    # in the folder of the entry: what lies where she types, a tutor.py of hers, is not taken for ours
    return subprocess.call([sys.executable, "-m", "streamlit", "run", ENTRY], cwd=folder, env=environment)


def entry_folder() -> Path:
    """Where `app.py` lies with Streamlit's settings: in the project, else where the package put its data."""
    for folder in (PROJECT, *_installed()):
        if (folder / ENTRY).is_file() and (folder / CONFIG).is_file():
            return folder
    raise TutorError(
        f"The page cannot be opened: neither {PROJECT} nor the installed package holds {ENTRY} and {CONFIG}. "
        "Nothing was changed. Install the tutor again."
    )


def _installed() -> Iterator[Path]:
    try:
        files = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:  # not installed: it runs from its project
        return
    for file in files:
        if file.parts[-2:] == ("zero-to-hero", ENTRY):
            yield Path(str(file.locate())).resolve().parent
