"""What answers cost: real usage times the dated prices, and a monthly limit.

The limit is looked at before each call, with the most that the call can cost. Two answers that are written at
the same time, in two windows, do not know of each other's cost until they end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from sqlalchemy import select

from tutor.chat.llm.client import LONGEST_ANSWER
from tutor.errors import ModelError
from tutor.store.database import Database, now
from tutor.store.tables import ActivityRow, MessageRow
from tutor.study.cost.model import MILLION, Price, load_prices
from tutor.study.progress.record import LearnerRecord

LIKELY_TOKENS = (12_000, 1_500)  # in and out: what one more answer takes, tool calls included
FIRST_CALL = 16_000  # tokens that a call is reckoned with at least
RULES = 8_000  # tokens at most of the rules and of what describes the tools
BYTES_A_TOKEN = 2  # at least: English has four, Chinese two to three
FREE = "ollama:"  # runs on her own machine
ASIDE = "asked-aside"  # the kind of activity that keeps what a question outside a conversation cost


@dataclass(frozen=True)
class Usage:
    """Tokens of all calls of one answer, counted by the provider; `input` includes what the cache gave."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    context: int = 0  # the largest single request: what fills the context window

    def plus(self, counted: Mapping[str, object]) -> "Usage":
        """With one more call, as LangChain reports it."""
        details = counted.get("input_token_details")
        detail = details if isinstance(details, Mapping) else {}
        given, written = _whole(counted.get("input_tokens")), _whole(counted.get("output_tokens"))
        return Usage(
            self.input + given,
            self.output + written,
            self.cache_read + _whole(detail.get("cache_read")),
            self.cache_write + _whole(detail.get("cache_creation")),
            max(self.context, given + written),
        )

    def cost(self, price: Price | None) -> float | None:
        """Dollars; None when the price is unknown. One long request raises the rates of the whole answer."""
        if price is None:
            return None
        price = price.for_prompt(self.context)
        read = price.input if price.cache_read is None else price.cache_read
        write = price.input if price.cache_write is None else price.cache_write
        fresh = max(0, self.input - self.cache_read - self.cache_write)
        spent = (
            fresh * price.input
            + self.cache_read * read
            + self.cache_write * write
            + self.output * price.output
        )
        return spent / MILLION

    def as_dict(self, price: Price | None) -> dict[str, float]:
        """To store with the answer: counts, dollars, what the cache saved, the share of the context."""
        data: dict[str, float] = {
            "input": self.input, "output": self.output, "cache_read": self.cache_read,
            "cache_write": self.cache_write, "context": self.context,
        }  # fmt: skip
        cost = self.cost(price)
        if price is not None and cost is not None:
            uncached = Usage(self.input, self.output, context=self.context).cost(price) or 0.0
            data |= {"dollars": cost, "saved": uncached - cost}
            if price.context_window:
                data["context_share"] = self.context / price.context_window
        return data


def tokens_at_most(content: object) -> int:
    """How many tokens a text, or a message's content, can be."""
    return len(str(content).encode("utf-8", "replace")) // BYTES_A_TOKEN


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def price_of(name: str) -> Price | None:
    """The list price of `provider:model`; None when it is not listed."""
    return load_prices().get(name.partition(":")[2])


class Spending:
    """What a learner's answers have cost."""

    def __init__(self, database: Database, learner: str) -> None:
        self._database = database
        self._learner = learner

    def this_month(self) -> float:
        """Dollars since the first of the month, UTC, of all that was asked and whose price is known."""
        begun = now().astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        query = select(MessageRow.answer).where(
            MessageRow.learner_id == self._learner, MessageRow.role == "tutor", MessageRow.created_at >= begun
        )
        aside = select(ActivityRow.data).where(
            ActivityRow.learner_id == self._learner, ActivityRow.kind == ASIDE, ActivityRow.at >= begun
        )
        with self._database.read() as session:
            answers, asked = session.scalars(query).all(), session.scalars(aside).all()
        said = sum(float(answer.get("usage", {}).get("dollars", 0.0)) for answer in answers if answer)
        return said + sum(float(one.get("dollars", 0.0)) for one in asked)

    def expect_room(self, name: str, limit: float | None, used: Usage = Usage(), added: int = 0) -> None:
        """Raises ModelError when one more call could pass the limit in dollars, or nobody knows what it costs.

        `used` is what the answer that is being written took so far: the next call sends all of it again, and
        `added` tokens more.
        """
        if limit is None or name.startswith(FREE):
            return
        price = price_of(name)
        sent = max(FIRST_CALL, (used.context or RULES) + added)
        next_one = Usage(sent, LONGEST_ANSWER, cache_write=sent, context=sent).cost(price)
        if next_one is None:
            raise ModelError(
                f"There is a monthly limit, but no price for {name.partition(':')[2]} in knowledge/prices.yaml, so "
                "it could be passed unseen. Add the price there, take another model, or unset monthly_limit."
            )
        spent = self.this_month() + (used.cost(price) or 0.0)
        if spent + next_one > limit:
            raise ModelError(
                f"This month's limit of ${limit:.2f} could be passed: ${spent:.2f} are spent, and a call may take "
                f"${next_one:.2f}. Raise monthly_limit in the settings, or go on without a model."
            )

    def keep(self, name: str, used: Usage) -> None:
        """Count what an answer took that came to no end: it was stopped, or broke off."""
        if cost := used.cost(price_of(name)):
            LearnerRecord(self._database, self._learner).note(ASIDE, name, dollars=cost)
