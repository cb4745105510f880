"""Train a tokenizer on text and see how it cuts: knobs, the loop of merges, the comparison.

    python -m exercises.minbpe.train --vocab_size 512 --text tinyshakespeare

prints as it goes. A step is a merge.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exercises.catalog import Exercise
from exercises.errors import DataError
from exercises.knobs import choice, from_command_line, knob, words
from exercises.minbpe.messages import MESSAGES
from exercises.text.datasets import load_text

if TYPE_CHECKING:
    from exercises.minbpe.compare import Comparison, Cutter
    from exercises.minbpe.model import RegexTokenizer
    from exercises.runs.writer import RunWriter

MOST_UNCUT = 5_000_000  # characters that may merge as one chunk: a place in memory for each byte
LONGEST_JUDGED = 200_000  # characters of the held-out text


@dataclass(frozen=True)
class Knobs:
    """What can be turned. The defaults take a few seconds."""

    # the text
    text: str = words(
        "python-docs", "what to learn from: a named text or a path to your own file", "byte-pair-encoding"
    )
    characters: int = knob(
        0, 0, 20_000_000, "use only the first so many characters; 0: all", "byte-pair-encoding"
    )
    # the tokenizer
    tokenizer: str = choice(
        "own",
        ("own", "gpt2", "cl100k", "o200k"),
        "train one, or take GPT-2's, GPT-4's (cl100k) or GPT-4o's (o200k)",
        "tokenization",
    )
    vocab_size: int = knob(1024, 257, 100_000, "tokens in the end, 256 bytes among them", "vocabulary-size")
    split: str = choice(
        "gpt4",
        ("gpt4", "gpt2", "none"),
        "how text is cut before merging; none: pairs may reach across words",
        "pre-tokenization",
    )
    # what is looked at
    message: str = words(
        "english",
        f"whose tokens to count: one message in {', '.join(MESSAGES)}, or your own words",
        "tokens-across-languages",
    )
    eval_every: int = knob(
        50, 1, 100_000, "merges between two looks at text that was held out", "train-validation-split"
    )
    sample_every: int = knob(100, 1, 100_000, "merges between two cuts of the message", "tokenization")


def split_text(text: str) -> tuple[str, str]:
    """The first nine tenths to learn from, the rest (at most 200,000 characters) to judge by.

    Raises DataError when there is too little to learn from.
    """
    if len(text) < 20:
        raise DataError(f"The text has {len(text)} characters; pairs can hardly repeat. Give a longer one.")
    cut = len(text) * 9 // 10
    return text[:cut], text[cut:][:LONGEST_JUDGED]


def pattern(knobs: Knobs) -> str:
    """The regular expression behind the knob `split`."""
    from exercises.minbpe.model import GPT2_SPLIT, GPT4_SPLIT

    everything = r"(?s).+"
    return {"gpt4": GPT4_SPLIT, "gpt2": GPT2_SPLIT, "none": everything}[knobs.split]


def bytes_per_token(cutter: Cutter, text: str) -> float:
    """How many bytes a token stands for, on average: the compression."""
    return len(text.encode("utf-8")) / max(1, len(cutter.encode_ordinary(text)))


def show(pieces: Iterable[str]) -> str:
    """Tokens with a bar between them."""
    return "|".join(piece.replace("\n", "↵") for piece in pieces)


def train(knobs: Knobs, run: RunWriter, device: str) -> None:
    """The run: see `RunWriter` for how it can be stopped, paused, killed and resumed."""
    loaded = load_text(knobs.text, run.home)
    text = loaded.text[: knobs.characters or None]
    run.log(f"{loaded.name}: {len(text):,} characters from {loaded.source} {loaded.note}".rstrip())
    text, held_out = split_text(text)
    if knobs.tokenizer != "own":
        judge_ready_made(knobs, run, held_out)
        return
    if knobs.split == "none" and len(text) > MOST_UNCUT:
        raise DataError(f"Without splitting, at most {MOST_UNCUT:,} characters can be learned from.")
    tokenizer = learn(knobs, run, text, held_out)
    if tokenizer is not None:
        finish(knobs, run, tokenizer, held_out)


def learn(knobs: Knobs, run: RunWriter, text: str, held_out: str) -> RegexTokenizer | None:
    """Merge after merge; None when the run was stopped or paused on the way."""
    from exercises.minbpe.model import BYTES, RegexTokenizer

    tokenizer = RegexTokenizer(pattern(knobs))
    learner = tokenizer.learner(text, run.should_stop)
    size = len(text.encode("utf-8"))
    first, state = run.restore()
    for pair in state["merges"] if state else ():
        if run.should_stop():
            break
        learner.merge(tuple(pair), tokenizer.add_merge(tuple(pair)))
    if run.should_stop():  # asked for while counting: what an earlier checkpoint holds still stands
        return None
    steps = knobs.vocab_size - BYTES
    every = max(1, steps // 250)  # often enough for a curve that moves
    clock, counted = time.perf_counter(), first
    for step in range(first, steps):
        if not run.proceed(step, lambda: _state(tokenizer)):
            return None
        best = learner.best()
        if best is None:
            run.log(f"No pair is left after {step} merges: every chunk has become one token.")
            break
        pair, count = best
        new = tokenizer.add_merge(pair)
        learner.merge(pair, new)
        parts = [tokenizer.decode([token]) for token in (*pair, new)]
        run.log(f"merge {step + 1}: {parts[0]!r} + {parts[1]!r} -> {new} {parts[2]!r}, {count:,} times")
        looked = bytes_per_token(tokenizer, held_out) if step % knobs.eval_every == 0 else None
        if step % knobs.sample_every == 0:
            run.sample(step, show(_message(knobs, tokenizer).pieces))
        if step % every == 0 or looked is not None:
            speed = (step + 1 - counted) / max(1e-9, time.perf_counter() - clock)
            clock, counted = time.perf_counter(), step + 1
            run.metric(
                step,
                bytes_per_token=size / learner.length,
                val_bytes_per_token=looked,
                pair_count=count,
                merges_per_second=speed,
            )
    return tokenizer


def finish(knobs: Knobs, run: RunWriter, tokenizer: RegexTokenizer, held_out: str) -> None:
    """How the new tokenizer cuts, beside the ready-made ones; and the tokenizer itself as an artifact.

    Ready-made ones know nothing of this text; ours has seen the nine tenths before it.
    """
    from exercises.minbpe.compare import compare_tokenizers

    steps = EXERCISE.total_steps(knobs)
    mine = _message(knobs, tokenizer)
    run.sample(steps, show(mine.pieces))
    texts = {"message": MESSAGES.get(knobs.message, knobs.message), "held-out text": held_out}
    rows = compare_tokenizers(texts, {"own": tokenizer})
    run.artifact("comparison", {"rows": [_row(one) for one in rows]})
    for one in rows:
        run.log(f"{one.text}: {one.tokens:,} tokens by {one.tokenizer}, {one.bytes_per_token:.2f} bytes each")
    run.artifact("tokenizer", tokenizer.to_json())
    run.metric(
        steps, val_bytes_per_token=bytes_per_token(tokenizer, held_out), message_tokens=float(mine.tokens)
    )
    run.checkpoint(steps, _state(tokenizer))


def judge_ready_made(knobs: Knobs, run: RunWriter, held_out: str) -> None:
    """A tokenizer that others trained, on the same held-out text and message."""
    from exercises.minbpe.compare import compare_tokenizers, ready_made

    cutter = ready_made(knobs.tokenizer)
    run.restore()
    if not run.proceed(0, dict):
        return
    mine = _message(knobs, cutter)
    run.sample(1, show(mine.pieces))
    texts = {"message": MESSAGES.get(knobs.message, knobs.message), "held-out text": held_out}
    rows = compare_tokenizers(texts, names=(knobs.tokenizer,))
    run.artifact("comparison", {"rows": [_row(one) for one in rows]})
    run.metric(1, val_bytes_per_token=bytes_per_token(cutter, held_out), message_tokens=float(mine.tokens))
    run.checkpoint(1, {})


def _message(knobs: Knobs, cutter: Cutter) -> Comparison:
    from exercises.minbpe.compare import cut

    return cut("message", MESSAGES.get(knobs.message, knobs.message), knobs.tokenizer, cutter)


def _row(one: Comparison) -> dict[str, Any]:
    """A comparison for a table; of a long text only the first pieces."""
    row = {**dataclasses.asdict(one), "bytes_per_token": round(one.bytes_per_token, 3)}
    return {**row, "pieces": list(one.pieces[:200])}


def _state(tokenizer: RegexTokenizer) -> dict[str, Any]:
    return {"merges": [list(pair) for pair in tokenizer.merges]}


def main() -> None:
    """Train here and now, for reading along: knobs as flags, lines on the screen."""
    from exercises.console import run_here

    run_here(EXERCISE, from_command_line(Knobs, __doc__ or ""))


EXERCISE = Exercise(
    id="minbpe",
    title="A tokenizer from scratch",
    week=5,
    concept="byte-pair-encoding",
    summary="Learns which letters belong together, merge after merge, and cuts text as GPT does.",
    module="exercises.minbpe.train",
    knobs=Knobs,
    presets={
        "default": {},
        "large": {"vocab_size": 8192, "eval_every": 500, "sample_every": 1000},
        "without splitting": {"split": "none", "vocab_size": 512},
        "gpt4o": {"tokenizer": "o200k"},
    },
    primary_metric="val_bytes_per_token",
    devices=("cpu",),
    total_steps=lambda knobs: knobs.vocab_size - 256 if knobs.tokenizer == "own" else 1,
)

if __name__ == "__main__":
    main()
