from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tutor.study.cost.model import (
    DAYS_IN_MONTH,
    Feature,
    Hardware,
    Price,
    Speed,
    alternatives,
    feature_cost,
    latency,
    load_prices,
    months_to_break_even,
    training_cost,
)
from tutor.study.quiz.items import BankError

PRICE = Price(
    id="m",
    vendor="v",
    input=3.0,
    output=15.0,
    cache_read=0.3,
    cache_write=3.75,
    as_of=date(2026, 1, 1),
    source="list",
)
FEATURE = Feature(
    requests_per_day=10_000, system_tokens=2_000, context_tokens=4_000, question_tokens=100, answer_tokens=500
)


def test_a_request_is_worked_out_as_by_hand() -> None:
    cost = feature_cost(FEATURE, PRICE)
    assert cost.per_request == pytest.approx((2000 + 4000 + 100) * 3e-6 + 500 * 15e-6)  # 1.83 + 0.75 cents
    assert cost.per_request == pytest.approx(0.0258)
    assert cost.per_month == pytest.approx(258 * DAYS_IN_MONTH)
    assert cost.dominant == "context" and cost.share("context") == pytest.approx(0.012 / 0.0258)


def test_caching_pays_writes_on_a_miss_and_reads_on_a_hit() -> None:
    from dataclasses import replace

    cached = feature_cost(replace(FEATURE, cached_share=0.9), PRICE)
    assert cached.parts["instructions"] == pytest.approx(2000 * (0.9 * 0.3 + 0.1 * 3.75) / 1e6)
    unknown = feature_cost(replace(FEATURE, cached_share=0.9), PRICE.model_copy(update={"cache_read": None}))
    assert unknown.unpriced == ("cache_read",)
    assert unknown.per_request == feature_cost(FEATURE, PRICE).per_request


def test_a_long_prompt_pays_the_rates_for_long_prompts() -> None:
    tiered = PRICE.model_copy(update={"long_above": 6_100, "long_input": 2.0, "long_output": 1.5})
    assert feature_cost(FEATURE, tiered) == feature_cost(FEATURE, PRICE)  # 6,100 tokens: not above
    longer = feature_cost(replace(FEATURE, question_tokens=101), tiered)
    assert longer.per_request == pytest.approx(6101 * 6e-6 + 500 * 22.5e-6)
    cached = feature_cost(replace(FEATURE, question_tokens=101, cached_share=1.0), tiered)
    assert cached.parts["instructions"] == pytest.approx(2000 * 0.6e-6)


def test_batching_and_language_scale_the_whole_request() -> None:
    from dataclasses import replace

    plain = feature_cost(FEATURE, PRICE).per_request
    assert feature_cost(replace(FEATURE, batched_share=1.0), PRICE).per_request == pytest.approx(plain / 2)
    assert feature_cost(
        replace(FEATURE, tokens_per_character_factor=2.5), PRICE
    ).per_request == pytest.approx(plain * 2.5)


def test_the_prompt_delays_the_first_token_and_the_answer_the_last() -> None:
    seconds = latency(FEATURE, Speed(prefill=6100, decode=50, overhead=0.5))
    assert seconds.first_token == pytest.approx(1.5)
    assert seconds.complete == pytest.approx(11.5)


def test_gpt2_training_is_what_the_formula_says() -> None:
    a100s = Hardware("A100", peak_flops=312e12, utilization=0.4, dollars_per_hour=2.0, count=8)
    cost = training_cost(124e6, 300e9, a100s)
    assert cost.flops == pytest.approx(2.232e20)
    assert cost.hours == pytest.approx(2.232e20 / (312e12 * 0.4 * 8) / 3600)
    assert cost.dollars == pytest.approx(cost.hours * 16)


def test_a_fine_tune_that_saves_nothing_never_breaks_even() -> None:
    assert months_to_break_even(1200, 500, 200) == 4
    assert months_to_break_even(1200, 200, 200) is None


@pytest.mark.parametrize("wrong", [{"cached_share": 1.2}, {"answer_tokens": -1}, {"batch_discount": -0.1}])
def test_impossible_features_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"0 to 1|negative"):
        Feature(
            **{
                "requests_per_day": 1,
                "system_tokens": 1,
                "context_tokens": 1,
                "question_tokens": 1,
                "answer_tokens": 1,
            }
            | wrong
        )  # type: ignore[arg-type]


def test_every_price_is_dated_and_sourced() -> None:
    prices = load_prices()
    assert len(prices) >= 3
    assert all(price.as_of <= date.today() and price.source for price in prices.values())
    assert all(price.output >= price.input for price in prices.values())


def test_a_price_list_that_is_not_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text("- id: x\n", encoding="utf-8")
    with pytest.raises(BankError, match=r"prices\.yaml"):
        load_prices(tmp_path / "prices.yaml")


def test_alternatives_change_one_thing_at_a_time() -> None:
    ways = alternatives(FEATURE, PRICE, documents=50_000, passages=500)
    assert ways["as it is"] == feature_cost(FEATURE, PRICE).per_month
    twice = replace(FEATURE, tokens_per_character_factor=2.0)
    assert ways["a language with twice the tokens"] == feature_cost(twice, PRICE).per_month
    assert ways["retrieval: 500 tokens of documents"] < ways["long context: 50,000 tokens of documents"]
    assert len(ways) == 6
