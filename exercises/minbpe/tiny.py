"""Tiny inputs on which each part of the tokenizer can be watched at work."""

from __future__ import annotations

from collections.abc import Callable

from exercises.minbpe import compare, fast, model


def inputs() -> dict[str, Callable[[], object]]:
    """Symbol -> a call that runs it once: the eleven letters of the textbook example."""
    text = "aaabdaaabac"
    basic = model.BasicTokenizer()
    basic.train(text, 259)
    split = model.RegexTokenizer(special={"<|end|>": 1000})
    split.train("the cat and the hat and the bat", 264)
    learner = fast.MergeLearner([b"aaab", b"daaabac"])
    return {
        "count_pairs": lambda: model.count_pairs([1, 2, 3, 1, 2]),
        "merge": lambda: model.merge([1, 2, 3, 1, 2], (1, 2), 4),
        "MergeLearner.best": learner.best,
        "MergeLearner.merge": lambda: learner.merge((97, 97), 256),
        "apply_merges": lambda: fast.apply_merges(b"aab", basic.merges),
        "BasicTokenizer.train": lambda: model.BasicTokenizer().train(text, 258),
        "BasicTokenizer.encode": lambda: basic.encode("aab"),
        "BasicTokenizer.decode": lambda: basic.decode([258, 100]),
        "RegexTokenizer.encode": lambda: split.encode("the<|end|>hat", {"<|end|>"}),
        "RegexTokenizer.encode_ordinary": lambda: split.encode_ordinary("the hat"),
        "compare_tokenizers": lambda: compare.compare_tokenizers({"greeting": "hello"}, {"own": split}, ()),
        "to_tiktoken": lambda: compare.to_tiktoken(split),
    }
