from __future__ import annotations

import math
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.search.lexical import Bm25, QueryTerms, Speller, stem, synonym_groups, terms, weigh


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
    scores = Bm25(documents).scores(QueryTerms({term: 1.0}))
    assert scores == pytest.approx(np.array(expected), rel=1e-4, abs=1e-6)


def test_a_power_below_one_brings_rare_and_common_terms_nearer() -> None:
    documents = [["loss", "mask"], ["loss"], ["loss"], ["step"]]
    usual, tempered = Bm25(documents), Bm25(documents, power=0.5)
    query = QueryTerms({"mask": 1.0, "loss": 1.0})
    assert (
        usual.scores(query)[0] / usual.scores(query)[1]
        > tempered.scores(query)[0] / tempered.scores(query)[1]
    )
    assert tempered.shares(query)[0] == pytest.approx(usual.shares(query)[0], rel=0.1)


def test_an_identifier_is_one_word_and_its_parts_count_half() -> None:
    assert weigh("masked_fill").weights == {"mask": 0.5, "fill": 0.5, "masked_fill": 1.0}
    assert weigh("does masked_fill mask?").weights == {"mask": 1.0, "fill": 0.5, "masked_fill": 1.0}


def test_a_synonym_counts_less_than_the_word_itself_and_many_no_more_than_one() -> None:
    query = weigh("the learning rate")
    assert ("lr",) in dict(query.synonyms)["learn", "rate"]
    said, lr, many = ["learn", "rate"], ["lr"], ["lr", "step", "size"]
    filler = [["word", str(number)] for number in range(9)]
    scores = Bm25([said, lr, many, *filler], b=0.0).scores(query)
    assert scores[0] > scores[1] > 0 == scores[3]
    assert scores[2] < scores[0]


def test_a_phrase_counts_only_where_all_of_its_words_are() -> None:
    query = QueryTerms({"lr": 1.0}, ((("lr",), (("step", "size"),)),))
    scores = Bm25([["step", "size"], ["step"], ["size", "loss"], ["loss"]]).scores(query)
    assert scores[0] > 0 and not scores[1:].any()


def test_what_is_said_is_not_counted_again_by_its_synonym() -> None:
    query = QueryTerms({"lr": 1.0}, ((("lr",), (("rate",),)),))
    scores = Bm25([["lr"], ["lr", "rate"], ["rate"], ["loss"]], b=0.0).scores(query)
    assert scores[0] == pytest.approx(scores[1])


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


def test_threads_that_stem_at_once_do_not_disturb_each_other() -> None:
    endings = ("ing", "ization", "fulness", "ational", "iveness", "edly", "ousli", "ies")
    words = [
        f"{start}{ending}" for start in ("tokeniz", "normal", "care", "relat", "decis") for ending in endings
    ]
    alone = [stem.__wrapped__(word) for word in words]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: [stem.__wrapped__(word) for word in words], range(200)))
    finally:
        sys.setswitchinterval(before)
    assert all(each == alone for each in found)
