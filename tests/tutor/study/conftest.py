from collections.abc import Iterator
from pathlib import Path

import pytest

from tutor.settings import load_settings
from tutor.store.database import Database, open_database
from tutor.store.tables import LearnerRow


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home of hers"


@pytest.fixture
def database(home: Path) -> Iterator[Database]:
    database = open_database(load_settings(home=home))
    with database.write() as session:
        for learner in ("ana", "bo"):
            session.add(LearnerRow(id=learner))
    yield database
    database.close()
