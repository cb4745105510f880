"""Byte pair encoding beside upstream's and Hugging Face's: the same merges and ids, in one run.

    python -m bench.minbpe FOLDER TEXT [--vocab_size 1024] [--characters 0]

FOLDER is a clone of karpathy/minbpe, TEXT a text file. At vocabulary 4,096 upstream needs a quarter of an
hour on tinyshakespeare. Each side is a process of its own, so that its peak memory is its own too; its
processor time is compared, all threads counted, so that other work on the machine matters less.
"""

from __future__ import annotations

import argparse
import copy
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.machine import machine, peak_memory_mb

ROUNDS = 5  # encodings, of which the fastest counts: a text is encoded often, a tokenizer trained once


def timed(work: Callable[[], Any], rounds: int = 1) -> tuple[Any, dict[str, float]]:
    """What `work` returned, and its processor seconds and seconds by the clock in the fastest round."""
    best = {"processor": float("inf"), "clock": float("inf")}
    for _ in range(rounds):
        clock, processor = time.perf_counter(), time.process_time()
        result = work()
        now = {"processor": time.process_time() - processor, "clock": time.perf_counter() - clock}
        best = min(best, now, key=lambda one: one["processor"])
    return result, best


def ours(text: str, vocab_size: int, folder: Path) -> dict[str, Any]:
    """Training, encoding without anything remembered, and the export to tiktoken."""
    from exercises.minbpe.compare import to_tiktoken
    from exercises.minbpe.model import RegexTokenizer

    tokenizer = RegexTokenizer()
    _, training = timed(lambda: tokenizer.train(text, vocab_size))
    fresh = [copy.deepcopy(tokenizer) for _ in range(ROUNDS)]  # none of them has seen the text
    ids, encoding = timed(lambda: fresh.pop().encode(text), ROUNDS)
    fast_ids, fast = timed(lambda: to_tiktoken(tokenizer).encode_ordinary(text), ROUNDS)
    return {
        "merges": list(tokenizer.merges.items()),
        "ids": ids,
        "same": fast_ids == ids,
        "training": training,
        "encoding": encoding,
        "in tiktoken, encoding": fast,
    }


def theirs(text: str, vocab_size: int, folder: Path) -> dict[str, Any]:
    """The clone's RegexTokenizer."""
    sys.path.insert(0, str(folder))
    from minbpe.regex import RegexTokenizer  # type: ignore[import-not-found]

    tokenizer = RegexTokenizer()
    _, training = timed(lambda: tokenizer.train(text, vocab_size))
    ids, encoding = timed(lambda: tokenizer.encode(text), ROUNDS)
    return {"merges": list(tokenizer.merges.items()), "ids": ids, "training": training, "encoding": encoding}


def hugging_face(text: str, vocab_size: int, folder: Path) -> dict[str, Any]:
    """Its trainer on the same pattern."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    from exercises.minbpe.model import GPT4_SPLIT

    tokenizer = Tokenizer(models.BPE())
    cut = Regex(GPT4_SPLIT.replace("?+", "?").replace("++", "+"))
    steps = [pre_tokenizers.Split(cut, "isolated"), pre_tokenizers.ByteLevel(False, use_regex=False)]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)  # type: ignore[assignment]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, initial_alphabet=alphabet, show_progress=False)
    return {"training": timed(lambda: tokenizer.train_from_iterator([text], trainer))[1]}


SIDES = {"ours": ours, "Hugging Face": hugging_face, "upstream": theirs}


def main() -> None:
    """Run each side, print, and end with 1 where the results differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="a clone of karpathy/minbpe")
    parser.add_argument("text", type=Path, help="a text file")
    parser.add_argument("--vocab_size", type=int, default=1024)
    parser.add_argument("--characters", type=int, default=0, help="use only the first so many; 0: all")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    text = given.text.read_text(encoding="utf-8")[: given.characters or None]
    if given.side:
        result = SIDES[given.side](text, given.vocab_size, given.folder)
        print(json.dumps({**result, "memory": peak_memory_mb()}))
        return
    print(machine())
    print(f"{len(text.encode('utf-8')):,} bytes, vocabulary {given.vocab_size:,}", flush=True)
    sides = {}
    for name in SIDES:
        command = [sys.executable, "-m", "bench.minbpe", *sys.argv[1:], "--side", name]
        sides[name] = json.loads(subprocess.check_output(command, encoding="utf-8"))
        report(name, sides[name], len(text.encode("utf-8")))
    compare(sides["ours"], sides["upstream"])


def report(name: str, side: dict[str, Any], size: int) -> None:
    """A line for each thing that was timed, and the memory."""
    for what in ("training", "encoding", "in tiktoken, encoding"):
        if what in side:
            processor, clock = side[what]["processor"], side[what]["clock"]
            rate = f"{size / 1e6 / processor:8.3f} MB/s"
            print(
                f"{name + ', ' + what:32} {processor:9.3f} s of processor, {clock:9.3f} s by the clock, {rate}"
            )
    print(f"{name + ', peak memory':32} {side['memory']:9.0f} MB", flush=True)


def compare(ours: dict[str, Any], upstream: dict[str, Any]) -> None:
    """How many times as fast, and whether everything is the same."""
    same = ours["merges"] == upstream["merges"]
    equal = ours["same"] and ours["ids"] == upstream["ids"]
    for what in ("training", "encoding"):
        times = upstream[what]["processor"] / ours[what]["processor"]
        print(f"{what}: ours is {times:.1f} times as fast as upstream")
    print(f"identical merges: {same}; identical ids, in tiktoken too: {equal}")
    if not (same and equal):
        sys.exit("The results differ.")


if __name__ == "__main__":
    main()
