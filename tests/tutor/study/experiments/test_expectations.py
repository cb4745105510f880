import math

import pytest

from tutor.study.experiments.expectations import FALL, GROWTH, SHARE, expectation


@pytest.mark.parametrize(
    ("metric", "values", "outcome"),
    [
        ("val_loss", [4.0, 3.9], FALL[1]), ("val_loss", [4.0, 2.5], FALL[2]), ("val_loss", [4.0, 1.9], FALL[3]),
        ("val_loss", [4.0, 4.0], FALL[0]), ("val_loss", [4.0, math.nan], FALL[0]),
        ("val_loss", [4.0, 3.0, math.inf], FALL[0]),
        ("accuracy", [0.5, 0.7], SHARE[0]), ("accuracy", [0.5, 0.9], SHARE[1]), ("accuracy", [0.5, 1.0], SHARE[2]),
        ("compression", [1.0, 1.5], GROWTH[1]), ("compression", [1.0, 2.5], GROWTH[2]),
        ("compression", [1.0, 0.5], GROWTH[0]),
    ],
)  # fmt: skip
def test_the_outcome_is_read_from_first_and_last_value(
    metric: str, values: list[float], outcome: str
) -> None:
    rows = [
        {"step": 0, metric: values[0]},
        {"step": 1},
        *({"step": 2, metric: value} for value in values[1:]),
    ]
    asked = expectation(metric)
    assert asked.outcome(rows) == outcome and outcome in asked.options


def test_a_run_without_two_values_has_no_outcome_yet() -> None:
    assert expectation("val_loss").outcome([{"step": 0, "val_loss": 4.0}]) is None
