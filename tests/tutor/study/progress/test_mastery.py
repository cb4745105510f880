from hypothesis import given
from hypothesis import strategies as st

from tutor.study.progress.mastery import Evidence, Mastery, mastery


def answers(*scores: float) -> Mastery:
    return mastery(Evidence("softmax", "answer", score) for score in scores)["softmax"]


def test_nothing_shown_is_new_and_says_nothing() -> None:
    assert Mastery().level == "new"
    assert mastery([]) == {}


def test_one_right_answer_is_not_yet_mastery() -> None:
    assert answers(1).level == "started"
    assert answers(1, 1, 1).level == "solid"
    assert answers(0, 0).level == "shaky"


def test_what_she_shows_now_outweighs_what_she_showed_before() -> None:
    assert answers(0, 0, 1, 1, 1).mean > answers(1, 1, 1, 0, 0).mean


def test_an_explanation_says_more_than_an_answer_and_a_prediction_less() -> None:
    def mean(source: str) -> float:
        return mastery([Evidence("softmax", source, 1.0)])["softmax"].mean  # type: ignore[arg-type]

    assert mean("explanation") > mean("answer") > mean("prediction") > 0.5


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_interval_holds_the_mean_and_narrows(scores: list[float]) -> None:
    shown = answers(*scores)
    assert 0 <= shown.low <= shown.mean <= shown.high <= 1
    assert (
        answers(*scores, *[shown.mean] * 20).high - answers(*scores, *[shown.mean] * 20).low
        <= (shown.high - shown.low) + 0.25
    )
