"""What an AI feature costs: the one home of cost arithmetic.

Money is in US dollars, prices in dollars per million tokens, latency in seconds. Nothing is hidden
in a constant: every assumption is a field that she can change. Training follows C ≈ 6·N·D
(Kaplan et al., 2020).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tutor.study.quiz.items import BankError, read_yaml

PRICES = Path(__file__).parents[3] / "knowledge" / "prices.yaml"
MILLION = 1_000_000
DAYS_IN_MONTH = 365.25 / 12
FLOPS_PER_PARAMETER_AND_TOKEN = 6  # two forward, four backward


class Price(BaseModel):
    """A model's list price, in dollars per million tokens, on a date. `context_window` is in tokens.

    Prompts of more than `long_above` tokens pay `long_input` times the input and cache rates and `long_output`
    times the output rate.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    vendor: str
    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cache_read: float | None = Field(default=None, ge=0)
    cache_write: float | None = Field(default=None, ge=0)
    context_window: int | None = None
    long_above: int | None = Field(default=None, gt=0)
    long_input: float = Field(default=1.0, ge=1)
    long_output: float = Field(default=1.0, ge=1)
    as_of: date
    source: str
    note: str = ""

    def for_prompt(self, tokens: float) -> Price:
        """The rates that a prompt of this length pays: these, or those for long prompts."""
        if self.long_above is None or tokens <= self.long_above:
            return self
        cached = {
            name: rate * self.long_input
            for name, rate in (("cache_read", self.cache_read), ("cache_write", self.cache_write))
            if rate is not None
        }
        raised = {"input": self.input * self.long_input, "output": self.output * self.long_output, **cached}
        return self.model_copy(update={**raised, "long_above": None})

    def age_days(self, today: date) -> int:
        """How many days ago the price was looked up."""
        return (today - self.as_of).days


_PRICES: TypeAdapter[tuple[Price, ...]] = TypeAdapter(tuple[Price, ...])


def load_prices(path: Path = PRICES) -> dict[str, Price]:
    """The dated prices by model id. Raises BankError where the file is not as its format says."""
    try:
        return {price.id: price for price in _PRICES.validate_python(read_yaml(path))}
    except ValidationError as error:
        raise BankError(f"{path.name} holds prices that are not as the format says:\n{error}") from error


@dataclass(frozen=True)
class Feature:
    """A feature's traffic and the shape of one request; all sizes in tokens."""

    requests_per_day: float
    system_tokens: int  # instructions and tools, the same in every request: what a prompt cache can hold
    context_tokens: int  # documents, retrieved passages, conversation so far
    question_tokens: int
    answer_tokens: int
    cached_share: float = 0.0  # share of requests that find the system tokens in the cache, 0 to 1
    batched_share: float = 0.0  # share of requests that can wait for a batch, 0 to 1
    batch_discount: float = 0.5  # what vendors commonly take off for a batch
    tokens_per_character_factor: float = 1.0  # a language that needs twice the tokens of English: 2.0

    def __post_init__(self) -> None:
        shares = (self.cached_share, self.batched_share, self.batch_discount)
        amounts = (self.requests_per_day, self.system_tokens, self.context_tokens, self.question_tokens)
        if any(not 0 <= share <= 1 for share in shares):
            raise ValueError("Shares and discounts run from 0 to 1.")
        if any(amount < 0 for amount in (*amounts, self.answer_tokens, self.tokens_per_character_factor)):
            raise ValueError("Traffic and token counts cannot be negative.")


@dataclass(frozen=True)
class FeatureCost:
    """Dollars per request, by part, and per month; `unpriced` names what the price list does not say."""

    parts: dict[str, float]  # dollars per request
    per_request: float
    per_month: float
    unpriced: tuple[str, ...]

    @property
    def dominant(self) -> str:
        """The part that costs most."""
        return max(self.parts, key=lambda part: self.parts[part])

    def share(self, part: str) -> float:
        """A part's share of a request's cost, 0 to 1."""
        return self.parts[part] / self.per_request if self.per_request else 0.0


def feature_cost(feature: Feature, price: Price) -> FeatureCost:
    """What a request and a month cost at a price.

    A cache hit pays `cache_read` for the system tokens, a miss `cache_write`; where the list has no
    cache prices, all is paid as input and that is said. A long prompt pays the rates for long prompts.
    """
    prompt = feature.system_tokens + feature.context_tokens + feature.question_tokens
    price = price.for_prompt(prompt * feature.tokens_per_character_factor)
    unpriced: tuple[str, ...] = ()
    read, write, hits = price.cache_read, price.cache_write, feature.cached_share
    if hits and read is None:
        unpriced, hits = ("cache_read",), 0.0
    system_rate = price.input
    if hits and read is not None:
        system_rate = hits * read + (1 - hits) * (price.input if write is None else write)
    wait = 1 - feature.batched_share * feature.batch_discount
    scale = feature.tokens_per_character_factor * wait / MILLION
    parts = {
        "instructions": feature.system_tokens * system_rate * scale,
        "context": feature.context_tokens * price.input * scale,
        "question": feature.question_tokens * price.input * scale,
        "answer": feature.answer_tokens * price.output * scale,
    }
    total = sum(parts.values())
    return FeatureCost(parts, total, total * feature.requests_per_day * DAYS_IN_MONTH, unpriced)


def alternatives(
    feature: Feature, price: Price, documents: int = 100_000, passages: int = 2_000
) -> dict[str, float]:
    """Dollars a month of the same feature done differently, one thing changed at a time.

    `documents` is the tokens of whole documents put into the context, `passages` of what a search would find.
    """
    ways = {
        "as it is": feature,
        "prompt cache hit nine times in ten": replace(feature, cached_share=0.9),
        "all of it in batches": replace(feature, batched_share=1.0),
        f"retrieval: {passages:,} tokens of documents": replace(feature, context_tokens=passages),
        f"long context: {documents:,} tokens of documents": replace(feature, context_tokens=documents),
        "a language with twice the tokens": replace(
            feature, tokens_per_character_factor=2 * feature.tokens_per_character_factor
        ),
    }
    return {name: feature_cost(way, price).per_month for name, way in ways.items()}


@dataclass(frozen=True)
class Speed:
    """How fast a model reads and writes, in tokens a second, and the fixed delay of a call in seconds."""

    prefill: float
    decode: float
    overhead: float = 0.3


@dataclass(frozen=True)
class Latency:
    """Seconds until the first token and until the last."""

    first_token: float
    complete: float


def latency(feature: Feature, speed: Speed) -> Latency:
    """Time to first token (reading the prompt) and to the whole answer (writing it token by token)."""
    prompt = (
        feature.system_tokens * (1 - feature.cached_share) + feature.context_tokens + feature.question_tokens
    )
    factor = feature.tokens_per_character_factor
    first = speed.overhead + prompt * factor / speed.prefill
    return Latency(first, first + feature.answer_tokens * factor / speed.decode)


@dataclass(frozen=True)
class Hardware:
    """Accelerators: peak FLOP/s each, the share of it that a training run reaches, dollars per hour each."""

    name: str
    peak_flops: float
    utilization: float
    dollars_per_hour: float
    count: int = 1


@dataclass(frozen=True)
class TrainingCost:
    """What a training run needs: floating point operations, hours on the clock, dollars."""

    flops: float
    hours: float
    dollars: float


def training_cost(parameters: float, tokens: float, hardware: Hardware) -> TrainingCost:
    """C = 6·N·D operations over what the hardware sustains. `parameters` and `tokens` are plain counts.

    Raises ValueError where the hardware does no work.
    """
    sustained = hardware.peak_flops * hardware.utilization * hardware.count
    if sustained <= 0:
        raise ValueError("The hardware needs a positive peak, utilization and count.")
    flops = FLOPS_PER_PARAMETER_AND_TOKEN * parameters * tokens
    hours = flops / sustained / 3600
    return TrainingCost(flops, hours, hours * hardware.count * hardware.dollars_per_hour)


def months_to_break_even(one_off: float, monthly_before: float, monthly_after: float) -> float | None:
    """Months until a one-off cost (a fine-tune) is earned back by a cheaper month; None where it never is."""
    saving = monthly_before - monthly_after
    return one_off / saving if saving > 0 else None
