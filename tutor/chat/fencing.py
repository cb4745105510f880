"""Foreign text on its way to a model: bounded, visible, and fenced as data."""

import secrets
import unicodedata

LONGEST = 6000  # characters of one piece


def visible(text: str) -> str:
    """Without characters that cannot be seen: what people cannot read shall not be read by a model either."""
    return "".join(
        char
        for char in text
        if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Co", "Cn", "Cs"}
    )


def fenced(text: str, source: str, longest: int = LONGEST) -> str:
    """The text as data from `source`; nothing inside can close the fence, for its name is drawn anew."""
    shown = visible(text)
    if len(shown) > longest:
        shown = f"{shown[:longest]}\n… ({len(shown) - longest:,} more characters were left out)"
    name = secrets.token_hex(4)
    label = visible(source).replace('"', "'").replace(">", "").replace("\n", " ")[:200]
    return f'<data {name} from="{label}">\n{shown}\n</data {name}>'
