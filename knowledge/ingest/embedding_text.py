"""A passage in plain words: what gets embedded, apart from the text that is shown.

Embedding models were trained on sentences: code becomes a short header, its comments and docstrings, and its
identifiers taken apart. On the upstream repositories this alone lifted recall@5 from .60 to .67.
"""

from __future__ import annotations

import re

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PARTS = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PLURAL = re.compile(r"^[A-Z]{2,}s$")
_COMMENT = re.compile(r"(?<!['\"])#+\s?(.*)$")
_STRING = re.compile(r"\"\"\"(.*?)\"\"\"|'''(.*?)'''|\"([^\"\n]{8,})\"|'([^'\n]{8,})'", re.DOTALL)
_RULER = re.compile(r"[-=*#~_]{4,}")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_FENCED = re.compile(r"```.*?```", re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_STRETCH = 6  # lines that are embedded together besides the whole: a line in a large block is found by them
_NOISE_WORDS = """
self def return import from as if else elif for in not and or is none true false with while class
try except finally raise assert lambda yield pass break continue del global len range print int str
float list dict tuple set bool super init x i j k v f t b c n args kwargs np torch nn
"""
_NOISE = frozenset(_NOISE_WORDS.split())


def words_of(identifier: str) -> list[str]:
    """An identifier's words, lower case.

    >>> words_of("CausalSelfAttention"), words_of("n_head"), words_of("W1"), words_of("LLMs")
    (['causal', 'self', 'attention'], ['n', 'head'], ['w', '1'], ['llm'])
    """
    return [(part[:-1] if _PLURAL.match(part) else part).lower() for part in _PARTS.findall(identifier)]


def place_words(path: str, title: str) -> str:
    """Where something stands, in words: repository, file, symbol."""
    parts = path.split("/")
    where = " ".join([parts[0], *parts[-2:]]) if len(parts) > 2 else " ".join(parts)
    where = " ".join(dict.fromkeys(re.sub(r"\.\w+\b", "", where).replace("_", " ").split()))
    name = " ".join(dict.fromkeys(" ".join(words_of(part)) for part in re.split(r"[.\s…]+", title) if part))
    return f"{where}: {name}" if name.strip() else where


def code_view(text: str, path: str, title: str) -> str:
    """Header, prose in the code, identifiers in words: one line each."""
    prose = " ".join(_prose(text))
    bare = _STRING.sub(" ", _COMMENT.sub("", text))
    seen: dict[str, None] = {}
    for identifier in _IDENTIFIER.findall(bare):
        for word in words_of(identifier):
            if word not in _NOISE and len(word) > 1:
                seen.setdefault(word)
    return "\n".join(part for part in (place_words(path, title), prose, " ".join(seen)) if part)


def _prose(text: str) -> list[str]:
    found = [next(filter(None, groups)) for groups in _STRING.findall(text) if any(groups)]
    for line in text.split("\n"):
        match = _COMMENT.search(line)
        if match:
            found.append(match[1])
    cleaned = [" ".join(_RULER.sub(" ", part).split()) for part in found]
    return [part for part in cleaned if part]


def prose_view(text: str, path: str, title: str) -> str:
    """Heading path and text without Markdown's marks."""
    plain = _LINK.sub(r"\1", text)
    plain = re.sub(r"[`*|>]+|^\s*[-+]\s|^#+\s.*$|^\s*[`~]{3,}\w*$", " ", plain, flags=re.MULTILINE)
    plain = " ".join(_RULER.sub(" ", plain).split())
    parts = path.split("/")
    return f"{parts[0]} {parts[-1].rsplit('.', 1)[0]}: {title}\n{plain}"


def sentences(text: str) -> list[str]:
    """The sentences of Markdown that say something (five words or more), without blocks of code."""
    plain = _LINK.sub(r"\1", _FENCED.sub(" ", text))
    found = [part.strip() for line in plain.split("\n") for part in _SENTENCE.split(line)]
    return [sentence for sentence in found if len(sentence.split()) >= 5]


def stretches(text: str) -> list[str]:
    """Overlapping stretches of six lines of a longer block of code; none of a short one."""
    lines = text.split("\n")
    if len(lines) <= _STRETCH + 2:
        return []
    starts = range(0, len(lines) - _STRETCH // 2, _STRETCH // 2)
    return ["\n".join(lines[start : start + _STRETCH]) for start in starts]


def remarks(text: str) -> list[str]:
    """Comments of a line or several that say something: six words or more."""
    found: list[str] = []
    block: list[str] = []
    for line in [*text.split("\n"), ""]:
        match = _COMMENT.search(line)
        alone = match is not None and not line[: match.start()].strip()
        if match is None or not alone:
            found.append(" ".join(block))
            block = []
        if match:
            (block if alone else found).append(match[1].strip())
    cleaned = [" ".join(_RULER.sub(" ", remark).split()) for remark in found]
    return [remark for remark in cleaned if len(remark.split()) >= 6]
