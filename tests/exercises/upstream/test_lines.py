import pytest

from exercises.upstream import lines
from exercises.upstream.lines import Row


@pytest.mark.parametrize(
    ("parse", "line", "row"),
    [
        (lines.nanogpt, "iter 5: loss 3.9758, time 71.28ms, mfu 0.02%", Row(5, {"batch_loss": 3.9758, "step_ms": 71.28})),
        (lines.nanogpt, "iter 0: loss 4.2, time 71.28ms, mfu -100.00%", Row(0, {"batch_loss": 4.2, "step_ms": 71.28})),
        (lines.nanogpt, "step 250: train loss 2.4293, val loss 2.4447",
         Row(250, {"train_loss": 2.4293, "val_loss": 2.4447})),
        (lines.makemore, "step 10 | loss 2.8783 | step time 236.23ms",
         Row(10, {"batch_loss": 2.8783, "step_ms": 236.23})),
        (lines.makemore, "step 500 train loss: 2.2131576538085938 test loss: 2.1970791816711426",
         Row(500, {"train_loss": 2.2131576538085938, "val_loss": 2.1970791816711426})),
        (lines.micrograd, "step 0 loss 0.8958441028683222, accuracy 50.0%",
         Row(0, {"train_loss": 0.8958441028683222, "accuracy": 0.5})),
        (lines.micrograd, "step 7 loss 1e-05, accuracy 100.0%", Row(7, {"train_loss": 1e-05, "accuracy": 1.0})),
    ],
)  # fmt: skip
def test_lines_as_upstream_prints_them(parse: object, line: str, row: Row) -> None:
    assert parse(line) == row  # type: ignore[operator]


def test_a_loss_that_is_no_number_is_still_a_row() -> None:
    row = lines.nanogpt("iter 9: loss nan, time 1.00ms, mfu 0.00%")
    assert row is not None and row.values["batch_loss"] != row.values["batch_loss"]


@pytest.mark.parametrize("parse", [lines.nanogpt, lines.makemore, lines.micrograd, lines.Minbpe()])
@pytest.mark.parametrize(
    "noise",
    [
        "", "step", "step 10 |", "step 10 | loss 2.8", "iter 5: loss 3.97, time", "iter 5: loss 3.9758, time 71.28ms, m",
        "FutureWarning: step 3 is deprecated", "found vocab_size = 65 (inside data/meta.pkl)", "step x: train loss a, val",
        "merge 1/256: (101, 32) -> 256", "step 10 | loss 2.8783 | step time 236.23msstep 20 | loss 2 | step time 1ms",
    ],
)  # fmt: skip
def test_partial_interleaved_and_foreign_lines_are_no_rows(parse: object, noise: str) -> None:
    assert parse(noise) is None  # type: ignore[operator]


def test_the_second_tokenizer_counts_on_from_the_first() -> None:
    parse = lines.Minbpe()
    first = parse("merge 1/256: (101, 32) -> 256 (b'e ') had 2981 occurrences")
    last = parse("merge 256/256: (93, 10) -> 511 (b')\\n') had 82 occurrences")
    second = parse("merge 1/256: (101, 114) -> 256 (b'er') had 2359 occurrences")
    assert first == Row(1, {"occurrences": 2981.0, "vocabulary": 257.0})
    assert last is not None and last.step == 256
    assert second is not None and second.step == 257
