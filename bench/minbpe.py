"""Byte pair encoding beside upstream's and Hugging Face's: the same merges and ids, in one run.

    python bench/minbpe.py FOLDER TEXT [--vocab_size 1024] [--characters 0]

FOLDER is a clone of karpathy/minbpe, TEXT a text file (tinyshakespeare for the figures in the README). At
vocabulary 4,096 upstream needs a quarter of an hour on that text. Processor time of this process is compared,
so that other work on the machine matters less; Hugging Face's trainer may use several threads and is timed by
the clock as well.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from exercises.minbpe.compare import to_tiktoken
from exercises.minbpe.model import GPT4_SPLIT, RegexTokenizer


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What `work` returned, its processor seconds and its seconds by the clock."""
    clock, processor = time.perf_counter(), time.process_time()
    result = work()
    return result, time.process_time() - processor, time.perf_counter() - clock


def line(name: str, seconds: tuple[float, float], size: int, detail: str = "") -> None:
    """One row of the report."""
    processor, clock = seconds
    print(f"{name:34} {processor:9.2f} s   {clock:9.2f} s   {size / 1e6 / processor:8.3f} MB/s   {detail}")


def hugging_face(text: str, vocab_size: int) -> Callable[[], Any]:
    """Its trainer on the same pattern."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    cut = Regex(GPT4_SPLIT.replace("?+", "?").replace("++", "+"))
    steps = [pre_tokenizers.Split(cut, "isolated"), pre_tokenizers.ByteLevel(False, use_regex=False)]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)  # type: ignore[assignment]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, initial_alphabet=alphabet, show_progress=False)
    return lambda: tokenizer.train_from_iterator([text], trainer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="a clone of karpathy/minbpe")
    parser.add_argument("text", type=Path, help="a text file")
    parser.add_argument("--vocab_size", type=int, default=1024)
    parser.add_argument("--characters", type=int, default=0, help="use only the first so many; 0: all")
    given = parser.parse_args()
    text = given.text.read_text(encoding="utf-8")[: given.characters or None]
    size = len(text.encode("utf-8"))
    sys.path.insert(0, str(given.folder))
    from minbpe.regex import RegexTokenizer as Upstream  # type: ignore[import-not-found]

    print(f"{size:,} bytes, vocabulary {given.vocab_size:,}")
    print(f"{'':34} {'processor':>11}   {'clock':>11}")
    ours, theirs = RegexTokenizer(), Upstream()
    _, *our_training = timed(lambda: ours.train(text, given.vocab_size))
    line("ours, training", (our_training[0], our_training[1]), size)
    _, *rust = timed(hugging_face(text, given.vocab_size))
    line("Hugging Face, training", (rust[0], rust[1]), size)
    _, *their_training = timed(lambda: theirs.train(text, given.vocab_size))
    line("upstream, training", (their_training[0], their_training[1]), size)
    same = list(ours.merges.items()) == list(theirs.merges.items())
    print(f"identical merges: {same}; ours {their_training[0] / our_training[0]:.0f} times as fast")
    ids, *our_encoding = timed(lambda: ours.encode(text))
    line("ours, encoding", (our_encoding[0], our_encoding[1]), size)
    their_ids, *their_encoding = timed(lambda: theirs.encode(text))
    line("upstream, encoding", (their_encoding[0], their_encoding[1]), size)
    exported = to_tiktoken(ours)
    fast_ids, *fast_encoding = timed(lambda: exported.encode_ordinary(text))
    line("ours in tiktoken, encoding", (fast_encoding[0], fast_encoding[1]), size)
    equal = ids == their_ids == fast_ids
    print(f"identical ids: {equal}; ours {their_encoding[0] / our_encoding[0]:.1f} times as fast as upstream")
    if not (same and equal):
        sys.exit("The results differ.")


if __name__ == "__main__":
    main()
