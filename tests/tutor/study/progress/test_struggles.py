import pytest

from tutor.store.database import Database
from tutor.study.progress.mastery import Evidence, mastery
from tutor.study.progress.record import LearnerRecord
from tutor.study.progress.struggles import LONGEST, Struggles

TITLES = {"attention": "Attention", "softmax": "Softmax", "dropout": "Dropout"}
KNOWN = mastery(
    [Evidence("attention", "answer", 0.0)] * 3
    + [Evidence("softmax", "answer", 0.0)] * 5
    + [Evidence("dropout", "answer", 1.0)] * 5
)


@pytest.fixture
def struggles(database: Database) -> Struggles:
    return Struggles(LearnerRecord(database, "local"))


def test_the_weakest_concepts_come_first_and_solid_ones_not_at_all(struggles: Struggles) -> None:
    assert [one.key for one in struggles.lines(KNOWN, TITLES)] == ["softmax", "attention"]


def test_what_she_corrects_stays_corrected(struggles: Struggles, database: Database) -> None:
    struggles.write("I mix up\n rows and columns", "softmax")
    again = Struggles(LearnerRecord(database, "local")).lines(KNOWN, TITLES)
    assert (again[0].text, again[0].hers) == ("I mix up rows and columns", True)


def test_what_she_erases_is_gone_and_not_drawn_again(struggles: Struggles) -> None:
    struggles.write("mine")
    for one in struggles.lines(KNOWN, TITLES):
        struggles.erase(one)
    assert struggles.lines(KNOWN, TITLES) == []


def test_her_own_lines_are_bounded_and_empty_ones_no_lines(struggles: Struggles) -> None:
    struggles.write("x" * 1000)
    struggles.write("  \n ")
    (one,) = struggles.lines({}, TITLES)
    assert len(one.text) == LONGEST


def test_no_learner_sees_the_lines_of_another(struggles: Struggles, database: Database) -> None:
    struggles.write("mine")
    assert Struggles(LearnerRecord(database, "somebody else")).lines({}, TITLES) == []
