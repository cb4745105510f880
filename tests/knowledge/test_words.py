from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.words import Bm25, Speller, synonym_groups, terms, weigh


def test_identifiers_count_whole_and_in_parts() -> None:
    assert terms("masked_fill") == ["mask", "fill", "masked_fill"]
    assert {"gpt", "config", "gptconfig"} <= set(terms("GPTConfig"))
    assert terms("how do LLMs work") == ["llm", "work"]


def test_stop_words_do_not_count() -> None:
    assert terms("what is the and of it?") == []


words = st.sampled_from(["loss", "mask", "step", "token", "merge"])


@given(st.lists(st.lists(words, max_size=12), min_size=1, max_size=8), words)
def test_bm25_is_the_textbook_formula(documents: list[list[str]], term: str) -> None:
    k1, b = 1.2, 0.6
    filled = [len(document) for document in documents if document]
    mean = max(1.0, sum(filled) / len(filled)) if filled else 1.0
    holding = sum(term in document for document in documents)
    rarity = math.log(1 + (max(1, len(filled)) - holding + 0.5) / (holding + 0.5))
    expected = []
    for document in documents:
        times = Counter(document)[term]
        expected.append(rarity * times * (k1 + 1) / (times + k1 * (1 - b + b * len(document) / mean)))
    assert Bm25(documents).scores({term: 1.0}) == pytest.approx(np.array(expected), rel=1e-4, abs=1e-6)


def test_a_synonym_counts_less_than_the_word_itself() -> None:
    query = weigh("what is the step size")
    assert query["lr"] < query["step"] == 1.0


def test_no_group_of_synonyms_has_a_phrase_twice() -> None:
    for group in synonym_groups():
        assert len(group) == len(set(group)) > 1


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("atention", "attention"),
        ("tokenzier", "tokenizer"),
        ("gradiant", "gradient"),
        ("embeding", None),
        ("attention", None),
    ],
)
def test_a_misspelled_word_finds_the_right_one(typed: str, meant: str | None) -> None:
    speller = Speller(["attention", "tokenizer", "embedding", "gradient", "attention"])
    assert speller.correct(typed) == meant


def test_words_that_are_far_from_all_are_left_alone() -> None:
    assert Speller(["attention", "tokenizer"]).correct("kubernetes") is None
