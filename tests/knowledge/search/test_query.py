from __future__ import annotations

import pytest

from knowledge.search.query import kind_of, leans, read_question, sides_of


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("why divide by the square root of the head size?", "why"),
        ("where is the causal mask applied", "where"),
        ("how do I train on a CPU?", "how"),
        ("what is softmax", "what"),
        ("RuntimeError: CUDA out of memory", "wrong"),
        ("softmax", "other"),
    ],
)
def test_the_kind_of_a_question_is_seen(question: str, kind: str) -> None:
    assert kind_of(question) == kind


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("What is the difference between an RNN and a GRU?", ("an RNN", "a GRU")),
        ("compare dropout with weight decay", ("dropout", "weight decay")),
        ("BatchNorm vs LayerNorm", ("BatchNorm", "LayerNorm")),
        ("how does pre-norm differ from post-norm?", ("pre-norm", "post-norm")),
        ("how does attention work", ()),
        ("what is this versus that", ()),
    ],
)
def test_both_sides_of_a_comparison_are_seen(question: str, sides: tuple[str, ...]) -> None:
    assert sides_of(question) == sides


def test_only_a_question_that_leans_takes_up_the_conversation() -> None:
    assert leans("and why is it divided by that?")
    assert leans("why?")
    assert not leans("how does the tokenizer choose which pair of bytes to merge next?")
    assert read_question("and why is it divided by that?", "attention scores").context == "attention scores"
    assert read_question("how is the loss of the bigram model computed", "attention scores").context == ""


def test_a_question_of_any_size_is_read() -> None:
    query = read_question("token " * 100_000)
    assert len(query.text) < 10_000
    assert read_question("").text == ""
