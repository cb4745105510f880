"""Figures in the frequent questions come out again when they are computed."""

import json
import math
import random
from pathlib import Path

import pytest
import regex

from exercises.micrograd.model import MLP
from exercises.minbpe.compare import ready_made
from exercises.minbpe.model import GPT2_SPLIT, GPT4_SPLIT, BasicTokenizer, count_pairs, merge
from exercises.nanogpt.model import Shape, parameter_count
from knowledge.content.curriculum import load_curriculum
from knowledge.content.faq import load_faq
from tutor.study.progress.path import steps

ROOT = Path(__file__).parent.parent.parent
ANSWERS = {entry.id: " ".join(entry.answer.split()) for entry in load_faq(ROOT / "knowledge" / "faq")}
RECORD = json.loads((ROOT / "exercises" / "experiments" / "record.json").read_text(encoding="utf-8"))
BABY = Shape(65, block_size=256, n_layer=6, n_head=6, n_embd=384)
GPT2_TABLES = (50_257 + 1024) * 768
GPT2_BLOCK = 12 * 768**2 + 13 * 768  # matrices; biases (9 widths) and two norms (4)
YEAR = 365 * 24 * 3600  # seconds
CURRICULUM = load_curriculum(ROOT / "knowledge" / "lessons")
SHORT_PATHS = sum(week.short_path.minutes for week in CURRICULUM.weeks.values())
LECTURES = {one.url: one for week in CURRICULUM.weeks.values() for one in week.lectures if one.essential}
WATCHED = sum(one.minutes for one in LECTURES.values())  # one of them stands in two weeks


def numbers_in_mlp(*sizes: int) -> int:
    return len(list(MLP(list(sizes), "tanh", random.Random(0)).parameters()))


def hours(*, essential: bool) -> int:
    return round(sum(step.minutes for step in steps(CURRICULUM) if step.essential or not essential) / 60)


def figure(experiment: str, variant: str, digits: int) -> str:
    return f"{RECORD[experiment]['figures'][variant]:.{digits}f}"


def tokens(tokenizer: str, text: str) -> int:
    return len(ready_made(tokenizer).encode_ordinary(text))


COMPUTED = [
    ("parameter-count-mlp", numbers_in_mlp(3, 4, 4, 1), "It is 41 "),
    ("parameter-count-mlp", numbers_in_mlp(2, 16, 16, 1), "= 337"),
    ("step-zero-loss-above-ln", f"{math.log(65):.2f}", "About 4.17 "),
    ("initial-loss-27", f"{math.log(27):.2f}", "ln 27 = 3.30"),
    ("nanogpt-loss-10-at-start", f"{math.log(50_304):.2f}", "= 10.83"),
    ("perplexity-convert", f"{math.exp(1.47):.1f}", "1.47 gives 4.3"),
    ("perplexity-convert", f"{math.exp(1.88):.1f}", "1.88 gives 6.6"),
    ("perplexity-convert", f"{math.exp(2.85):.1f}", "2.85 gives 17.3"),
    ("nanogpt-tokens-per-iter", f"{40 * 12 * 1024:,}", "= 491,520"),
    ("nanogpt-finetune-20-iters", f"{32 * 1024:,}", "32,768 tokens"),
    ("epochs-in-get-batch", f"{64 * 256:,}", "= 16,384 characters"),
    ("epochs-in-get-batch", round(5000 * 64 * 256 / 1_003_854), "about 82 times"),
    ("params-10-million", f"{(parameter_count(BABY) - 256 * 384) / 1e6:.2f}", "10.65M"),
    ("nanogpt-gpt2-laptop", round(600_000 * 491_520 / 1e9), "295 billion"),
    ("nanogpt-gpt2-laptop", round(2.5e20 / 3.5e11 / YEAR), "about 23 years"),
    ("how-long-is-the-course", hours(essential=True), "About 27 hours"),
    ("how-long-is-the-course", hours(essential=False), "46 with everything"),
    ("how-long-is-the-course", round(SHORT_PATHS / 60), "and 9 by the short paths"),
    ("must-watch-all-lectures", len(LECTURES), "Five are marked essential"),
    ("must-watch-all-lectures", round(WATCHED / 60), "about nine hours"),
    ("words-per-token", f"{1000 / 0.75:,.0f}", "about 1,333 tokens"),
    ("nanogpt-123-59m", f"{GPT2_TABLES + 12 * GPT2_BLOCK + 2 * 768:,}", "124,439,808"),
    ("warmup-delete", f"{0.001 / 101:.1e}", "9.9e-06 is right"),
    ("warmup-delete", figure("warmup", "over 100 steps", 2), "ends at 2.43"),
    ("warmup-delete", figure("warmup", "at once", 2), "without at 2.59"),
    ("forgot-zero-grad", figure("broken-gradient", "forgotten", 1), "ends at 5.6"),
    ("forgot-zero-grad", figure("broken-gradient", "zeroed", 3), "at 0.012"),
    ("position-embedding-needed", figure("no-positions", "without positions", 2), "(2.13 "),
    ("position-embedding-needed", figure("no-positions", "with positions", 2), "of 1.96 "),
    ("n-embd-head-divisible", figure("attention-heads", "one head", 2), "(2.13 "),
    ("n-embd-head-divisible", figure("attention-heads", "eight heads", 2), "and 2.10 "),
    ("ablation-one-change", figure("remove-layer-norm", "without", 2), "ends at 2.92"),
    ("ablation-one-change", figure("remove-layer-norm", "with LayerNorm", 2), "of 2.46,"),
    ("larger-model-worse", figure("smaller-model", "large", 2), "2.00 for the large"),
    ("larger-model-worse", figure("smaller-model", "small", 2), "2.29 for the small"),
    ("loss-across-tokenizers", figure("vocabulary-size", "512 tokens", 2), "from 2.26"),
    ("loss-across-tokenizers", figure("vocabulary-size", "8,192 tokens", 2), "to 4.18"),
    ("regex-why-split", figure("no-splitting", "cut first", 2), "2.64 "),
    ("regex-why-split", figure("no-splitting", "never cut", 2), "against 2.78"),
    ("korean-more-tokens", tokens("gpt2", "안녕하세요"), "is 14 tokens for GPT-2"),
    ("korean-more-tokens", tokens("cl100k", "안녕하세요"), "5 for GPT-4"),
    ("korean-more-tokens", tokens("o200k", "안녕하세요"), "2 for GPT-4o"),
    ("korean-more-tokens", figure("tokens-per-language", "Hindi", 0), "121 in Hindi"),
    ("python-spaces-gpt2", tokens("gpt2", "for i in range(10):\n        x"), "takes 16 tokens"),
    ("python-spaces-gpt2", tokens("cl100k", "for i in range(10):\n        x"), "9 in the other"),
    ("yaml-vs-json-tokens", tokens("cl100k", '{"a":1,"b":2}'), "is 9 tokens"),
    ("yaml-vs-json-tokens", tokens("cl100k", '{"a": 1, "b": 2}'), "comma 12,"),
    ("yaml-vs-json-tokens", tokens("cl100k", "a: 1\nb: 2"), "YAML 9."),
    ("emoji-bytes", len("😉".encode()), "four bytes"),
    ("solidgoldmagikarp", ready_made("gpt2").encode_ordinary(" SolidGoldMagikarp")[0], "(43453)"),
    ("solidgoldmagikarp", tokens("cl100k", " SolidGoldMagikarp"), "five ordinary pieces"),
    ("strawberry-letters", tokens("cl100k", " strawberry"), "a single token"),
    ("endoftext-in-user-input", tokens("gpt2", "<|endoftext|>"), "seven tokens for GPT-2"),
    ("words-per-token", tokens("o200k", "The quick brown fox jumps over the lazy dog."), "is ten tokens"),
    ("upper-lower-tokens", tokens("cl100k", "Egg"), '"Egg" is E-gg'),
    ("regex-two-spaces", ready_made("cl100k").encode_ordinary(" hello")[0], "24748 and"),
    ("regex-two-spaces", ready_made("cl100k").encode_ordinary("hello")[0], "and 15339"),
]
SPELLED = {1: "a single", 2: "e-gg", 4: "four", 5: "five", 7: "seven", 9: "nine", 10: "ten"}


@pytest.mark.parametrize(("entry", "computed", "stated"), COMPUTED)
def test_a_figure_comes_out_and_is_stated(entry: str, computed: object, stated: str) -> None:
    assert stated in ANSWERS[entry]
    spelled = SPELLED.get(computed) if isinstance(computed, int) else None
    assert str(computed) in stated or (spelled is not None and spelled in stated.lower())


def test_the_example_of_wikipedia_ends_in_the_ids_that_are_stated() -> None:
    tokenizer = BasicTokenizer()
    tokenizer.train("aaabdaaabac", 259)
    assert str(tokenizer.encode("aaabdaaabac")) in ANSWERS["minbpe-wiki-example"]


def test_repeated_bytes_are_counted_and_merged_as_stated() -> None:
    assert count_pairs([1, 1, 1]) == {(1, 1): 2}
    assert merge([1, 1, 1], (1, 1), 9) == [9, 1]
    assert "`[9, 1]`" in ANSWERS["minbpe-merge-overlap"]


def test_a_seam_may_merge_as_stated() -> None:
    apart = tokens("cl100k", " straw") + tokens("cl100k", "berry")
    assert (apart, tokens("cl100k", " strawberry")) == (2, 1)
    assert '" straw" and "berry", which together are one token' in ANSWERS["bpe-same-text-same-tokens"]


def test_the_patterns_split_as_stated() -> None:
    assert regex.findall(GPT2_SPLIT, "HOW'S") == ["HOW", "'", "S"]
    assert regex.findall(GPT4_SPLIT, "HOW'S") == ["HOW", "'S"]
    assert regex.findall(GPT2_SPLIT, "don’t") == ["don", "’", "t"]
    assert regex.findall(GPT2_SPLIT, "how   are") == ["how", "  ", " are"]
    assert regex.findall(GPT4_SPLIT, "1234") == ["123", "4"]
