"""Whether a text is in English: a guess by script and commonest words, good enough to say so openly."""

import re

COMMON = {
    "German": "der die das und ist ein eine wie was nicht warum ich mir kannst erkläre bitte wird im den "
    "auf für",
    "French": "le la les des est une un que qu comment pourquoi je ce dans pour avec expliquez explique "
    "moi sur quoi",
    "Spanish": "el la los las es una un qué que cómo por para con explica explícame en del como cuál "
    "porque sobre",
    "Italian": "il lo la gli è una un che cosa come perché per con spiega spiegami nel del della sono dei",
    "Portuguese": "o a os as é uma um que como por para com explique explica em do da porque não são",
    "Dutch": "de het een is wat hoe waarom niet ik voor met kun je uitleggen van dat leg uit",
    "Polish": "co jest jak to nie dlaczego w na się i z wyjaśnij czym",
    "Turkish": "nedir nasıl bir ve bu için ne neden açıkla mi",
}
_SETS = {language: frozenset(words.split()) for language, words in COMMON.items()}
_ENGLISH = frozenset(
    [
        "the",
        "a",
        "an",
        "is",
        "are",
        "was",
        "what",
        "how",
        "why",
        "where",
        "which",
        "who",
        "when",
        "do",
        "does",
        "did",
        "of",
        "to",
        "in",
        "on",
        "for",
        "with",
        "and",
        "or",
        "not",
        "it",
        "this",
        "that",
        "i",
        "me",
        "my",
        "you",
        "your",
        "can",
        "could",
        "should",
        "would",
        "explain",
        "show",
        "tell",
        "between",
        "from",
        "by",
        "be",
        "if",
        "than",
    ]
)
_WORD = re.compile(r"[^\W\d_]+")
FEWEST_HITS = 2


def other_language(text: str) -> str | None:
    """The language that the text seems to be in when that is not English; "another script" for those."""
    words = [word.lower() for word in _WORD.findall(text)]
    if not words:
        return None
    letters = "".join(words)
    if sum(not char.isascii() and not "\u00c0" <= char <= "\u024f" for char in letters) > len(letters) / 2:
        return "another script"
    english = sum(word in _ENGLISH for word in words)
    hits = {language: sum(word in known for word in words) for language, known in _SETS.items()}
    best = max(hits, key=lambda language: hits[language])
    return best if hits[best] >= FEWEST_HITS and hits[best] > english else None
