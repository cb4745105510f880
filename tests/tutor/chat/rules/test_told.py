"""The line below a model's answer."""

from tutor.chat.types import Answer
from tutor.ui.pages.chat import _told


def test_what_an_answer_took_and_how_full_it_is() -> None:
    usage = {"input": 900, "output": 100, "dollars": 0.02, "saved": 0.005, "context_share": 0.025}
    said = _told(Answer("Yes.", model="anthropic:claude-x", usage={**usage, "conversation_share": 0.5}))
    assert said == (
        "claude-x · 1,000 tokens · 2 cents · 0.5 cents saved by caching · 2.5% of the context · "
        "conversation 50% full"
    )


def test_nothing_unknown_is_told() -> None:
    used = {"input": 900, "output": 100, "dollars": 0.02, "saved": -0.001, "conversation_share": 0.0}
    assert (
        _told(Answer("Yes.", model="anthropic:claude-x", usage=used)) == "claude-x · 1,000 tokens · 2 cents"
    )
