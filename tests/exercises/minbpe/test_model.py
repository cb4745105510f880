"""Merges and ids against the plain algorithm, Hugging Face's tokenizers and tiktoken; round trips."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from exercises.errors import DataError
from exercises.minbpe.compare import compare_tokenizers, ready_made, to_tiktoken
from exercises.minbpe.fast import apply_merges
from exercises.minbpe.messages import MESSAGES
from exercises.minbpe.model import (
    GPT2_SPLIT,
    GPT4_SPLIT,
    BasicTokenizer,
    RegexTokenizer,
    count_pairs,
    merge,
)

LESSONS = Path(__file__).parents[3] / "knowledge" / "lessons" / "concepts"
TEXT = "\n\n".join(path.read_text(encoding="utf-8") for path in sorted(LESSONS.glob("*.md"))[:40])


def plain_training(chunks: list[bytes], merges: int) -> list[tuple[int, int]]:
    """The definition: count all, take the most frequent (of equals the first), replace, again."""
    ids = [list(chunk) for chunk in chunks]
    learned: list[tuple[int, int]] = []
    while len(learned) < merges:
        counts: dict[tuple[int, int], int] = {}
        for chunk in ids:
            for pair, count in count_pairs(chunk).items():
                counts[pair] = counts.get(pair, 0) + count
        if not counts:
            break
        best = max(counts, key=lambda pair: counts[pair])
        ids = [merge(chunk, best, 256 + len(learned)) for chunk in ids]
        learned.append(best)
    return learned


def plain_encoding(ids: list[int], merges: dict[tuple[int, int], int]) -> list[int]:
    """The definition: of all pairs the one learned first, everywhere, again."""
    while len(ids) > 1:
        pair = min(count_pairs(ids), key=lambda p: merges.get(p, sys.maxsize))
        if pair not in merges:
            break
        ids = merge(ids, pair, merges[pair])
    return ids


def test_the_textbook_example() -> None:
    tokenizer = BasicTokenizer()
    tokenizer.train("aaabdaaabac", 259)
    assert tokenizer.encode("aaabdaaabac") == [258, 100, 258, 97, 99]
    assert tokenizer.vocabulary[256:] == [b"aa", b"aaa", b"aaab"]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab c", max_size=80), st.integers(0, 30))
def test_learned_merges_are_those_of_the_plain_algorithm(text: str, merges: int) -> None:
    for tokenizer in (BasicTokenizer(), RegexTokenizer()):
        tokenizer.train(text, 256 + merges)
        chunks = [chunk.encode() for chunk in tokenizer.split(text)]
        assert list(tokenizer.merges) == plain_training(chunks, merges)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60), st.integers(0, 40))
def test_learned_merges_are_those_of_the_plain_algorithm_on_any_text(text: str, merges: int) -> None:
    tokenizer = RegexTokenizer()
    tokenizer.train(text, 256 + merges)
    assert list(tokenizer.merges) == plain_training(
        [chunk.encode() for chunk in tokenizer.split(text)], merges
    )


def test_learned_merges_on_a_real_text_are_those_of_the_plain_algorithm() -> None:
    text = TEXT[:30_000]
    tokenizer = RegexTokenizer()
    tokenizer.train(text, 256 + 120)
    assert list(tokenizer.merges) == plain_training([chunk.encode() for chunk in tokenizer.split(text)], 120)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="abc", max_size=60), st.text(alphabet="abcd", max_size=60))
def test_encoding_is_that_of_the_plain_algorithm(learned_from: str, text: str) -> None:
    tokenizer = BasicTokenizer()
    tokenizer.train(learned_from, 300)
    assert tokenizer.encode(text) == plain_encoding(list(text.encode()), tokenizer.merges)


@pytest.fixture(scope="module")
def trained() -> RegexTokenizer:
    tokenizer = RegexTokenizer(special={"<|end|>": 5000, "<|end|>!": 5001})
    tokenizer.train(TEXT, 1500)
    return tokenizer


def test_hugging_face_learns_the_same_pieces() -> None:
    """Its ties fall otherwise, so that the merges are compared up to the first tie, the sizes to the end."""
    ours = RegexTokenizer()
    seen: list[int] = []
    ours.train(TEXT, 1024, lambda new, pair, count: seen.append(count))
    theirs = Tokenizer(models.BPE())
    theirs.pre_tokenizer = pre_tokenizers.Sequence(  # type: ignore[assignment]
        [
            pre_tokenizers.Split(Regex(GPT4_SPLIT.replace("?+", "?").replace("++", "+")), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    theirs.decoder = decoders.ByteLevel()  # type: ignore[assignment]
    trainer = trainers.BpeTrainer(
        vocab_size=1024, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    theirs.train_from_iterator([TEXT], trainer)
    distinct = next(i for i, count in enumerate(seen) if count == seen[i + 1])
    assert distinct >= 5
    by_id = {token: piece for piece, token in theirs.get_vocab().items()}
    pieces = [theirs.decoder.decode([by_id[256 + i]]) for i in range(distinct)]
    assert pieces == [piece.decode() for piece in ours.vocabulary[256 : 256 + distinct]]
    learned = {piece.decode("utf-8", errors="replace") for piece in ours.vocabulary[256:]}
    same = learned & {theirs.decoder.decode([by_id[token]]) for token in range(256, 1024)}
    assert len(same) > 0.97 * len(learned)
    assert len(theirs.encode(TEXT).ids) == pytest.approx(len(ours.encode(TEXT)), rel=0.002)


def test_tiktoken_with_our_merges_gives_the_same_ids(trained: RegexTokenizer) -> None:
    exported = to_tiktoken(trained)
    for text in (TEXT, *MESSAGES.values(), "", " \n\t  x", "aaaaaaa" * 50, "'S it's IT'LL 1234567"):
        assert exported.encode_ordinary(text) == trained.encode_ordinary(text)
    assert exported.encode("a<|end|>b", allowed_special="all") == trained.encode("a<|end|>b", {"<|end|>"})


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=100))
def test_any_text_comes_back_and_tiktoken_agrees(trained: RegexTokenizer, text: str) -> None:
    ids = trained.encode_ordinary(text)
    assert trained.decode(ids) == text
    assert to_tiktoken(trained).decode(ids) == text


@pytest.mark.parametrize("pattern", [GPT2_SPLIT, GPT4_SPLIT])
def test_every_character_of_unicode_comes_back(pattern: str, trained: RegexTokenizer) -> None:
    tokenizer = RegexTokenizer(pattern)
    for pair in trained.merges:
        tokenizer.add_merge(pair)
    everything = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
    assert tokenizer.decode(tokenizer.encode(everything)) == everything


def test_half_a_character_shows_as_the_replacement_character() -> None:
    assert BasicTokenizer().decode([0xE2, 0x82]) == "�"


def test_special_tokens_are_refused_unless_allowed(trained: RegexTokenizer) -> None:
    text = "one<|end|>!two<|end|>"
    with pytest.raises(DataError, match="special token"):
        trained.encode(text)
    assert 5000 not in trained.encode(text, ())
    ids = trained.encode(text, {"<|end|>", "<|end|>!"})
    assert [token for token in ids if token >= 5000] == [5001, 5000]  # the longer one first
    assert trained.decode(ids) == text
    assert trained.encode("no marks here") == trained.encode("no marks here", {"<|end|>"})


@pytest.mark.parametrize("kind", [BasicTokenizer, RegexTokenizer])
def test_a_saved_tokenizer_is_the_same(kind: type[BasicTokenizer], tmp_path: Path) -> None:
    tokenizer = kind()
    tokenizer.train(TEXT[:5000], 320)
    tokenizer.save(tmp_path / "own tokenizer.json")
    loaded = kind.load(tmp_path / "own tokenizer.json")
    assert loaded.vocabulary == tokenizer.vocabulary
    assert loaded.encode(MESSAGES["hindi"]) == tokenizer.encode(MESSAGES["hindi"])


def test_special_tokens_and_pattern_survive_saving(trained: RegexTokenizer, tmp_path: Path) -> None:
    trained.save(tmp_path / "t.json")
    loaded = RegexTokenizer.load(tmp_path / "t.json")
    assert (loaded.pattern.pattern, loaded.special) == (trained.pattern.pattern, trained.special)


@pytest.mark.parametrize(
    "content", ["", "{}", '{"format": "other"}', '{"format": "byte pair encoding 1", "merges": [[1, 999]]}']
)
def test_a_file_that_holds_no_tokenizer_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="no tokenizer"):
        BasicTokenizer.load(tmp_path / "t.json")


def test_ids_and_sizes_that_do_not_exist_are_refused() -> None:
    with pytest.raises(DataError, match="no token 256"):
        BasicTokenizer().decode([256])
    with pytest.raises(DataError, match="256"):
        BasicTokenizer().train("text", 100)


def test_training_ends_when_no_pair_is_left() -> None:
    tokenizer = BasicTokenizer()
    tokenizer.train("ab", 300)
    assert tokenizer.vocabulary[256:] == [b"ab"]
    tokenizer.train("", 300)
    assert tokenizer.encode("") == [] and len(tokenizer.vocabulary) == 256


def test_a_hundred_thousand_equal_letters_take_seconds() -> None:
    tokenizer = RegexTokenizer()
    began = time.monotonic()
    tokenizer.train("a" * 100_000, 300)
    ids = tokenizer.encode("a" * 100_001)
    assert time.monotonic() - began < 20
    assert tokenizer.decode(ids) == "a" * 100_001


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="ab", max_size=40))
def test_merging_twice_changes_nothing_more(text: str) -> None:
    tokenizer = BasicTokenizer()
    tokenizer.train("abababbaab", 262)
    ids = tokenizer.encode(text)
    assert apply_merges(ids, tokenizer.merges) == ids


def test_the_ready_made_tokenizers_are_the_published_ones() -> None:
    known = {"gpt2": [31373, 995], "cl100k": [15339, 1917], "o200k": [24912, 2375]}
    assert {name: list(ready_made(name).encode_ordinary("hello world")) for name in known} == known
    with pytest.raises(DataError, match="gpt2, cl100k, o200k"):
        ready_made("claude")


def test_gpt2_splits_as_its_pattern_says() -> None:
    text = "It's 1234567 dogs.  \n They'll run"
    for chunk in regex.findall(GPT2_SPLIT, text):
        assert list(ready_made("gpt2").encode_ordinary(chunk))  # no chunk is lost
    joined = [t for c in regex.findall(GPT2_SPLIT, text) for t in ready_made("gpt2").encode_ordinary(c)]
    assert joined == list(ready_made("gpt2").encode_ordinary(text))


def test_languages_differ_as_the_lesson_says() -> None:
    rows = compare_tokenizers(MESSAGES)
    tokens = {(row.text, row.tokenizer): row.tokens for row in rows}
    assert [tokens["english", name] for name in ("gpt2", "cl100k", "o200k")] == [24, 24, 24]
    assert (tokens["hindi", "cl100k"], tokens["hindi", "o200k"]) == (121, 33)
    assert (tokens["tamil", "cl100k"], tokens["tamil", "o200k"]) == (179, 45)
    for row in rows:
        assert row.bytes == len(MESSAGES[row.text].encode()) and len(row.pieces) == row.tokens
