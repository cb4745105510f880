import math

import pytest

from tutor.figures import FIGURES, figure, softmax


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_finite_points_under_its_axes(name: str) -> None:
    drawn = figure(name)
    assert drawn is not None and len(drawn.rows) > 10
    for row in drawn.rows:
        assert set(row) == {drawn.x, drawn.y, drawn.shade}
        assert all(math.isfinite(value) for value in row.values() if isinstance(value, float))


def test_each_word_spends_one_whole_attention_on_its_past() -> None:
    drawn = figure("attention-weights")
    assert drawn is not None
    words = list(dict.fromkeys(str(row["word"]) for row in drawn.rows))
    for place, word in enumerate(words):
        weights = [float(str(row["weight"])) for row in drawn.rows if row["word"] == word]
        assert sum(weights) == pytest.approx(1)
        assert weights[place + 1 :] == [0.0] * (len(words) - place - 1)


def test_temperature_flattens() -> None:
    assert softmax([2.0, 0.0], 0.5)[0] > softmax([2.0, 0.0])[0] > softmax([2.0, 0.0], 5.0)[0] > 0.5
