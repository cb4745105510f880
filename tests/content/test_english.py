"""The words that came back most when these texts read as translated; `docs/english.md` says what to write instead."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge.content.markdown import split_front_matter

ROOT = Path(__file__).parent.parent.parent
FOLDERS = (
    "knowledge/lessons",
    "knowledge/comparisons",
    "knowledge/notes",
    "tutor/study/quizzes",
    "tutor/study/prompts",
    "exercises/experiments",
)
TEXTS = sorted(
    path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in {".md", ".yaml"}
)
# what people type, and what programs say
UNREAD = {"questions", "paraphrases", "details", "keywords", "aliases", "anchor", "lines", "code"}

FOREIGN = {
    "belongs in": r"\bbelong(?:s|ed|ing)? into\b",
    "95% of the time": r"\b(?:works?|fine|right|succeeds?) with (?:at least )?\d+(?:\.\d+)?%",
    "does it have": r"\b[Hh]ow (?:many|much)(?: (?!steps)\w+)? ha(?:s|ve) (?:it|a|an|the|they)\b",
    "what brings the most": r"\b[Ww]hich [\w ]+ brings (?:the )?(?:most|least)\b",
    "expensive": r"\b[Dd]ear(?:er|est)?\b",
    "forever": r"\b[Ff]or ever\b",
    "space": r"\b[Bb]lanks\b|\b(?:leading|trailing|a) blank\b(?! verse| page| line)",
    "that starts at 1": r"\bfrom [01] on\b",
    "a few hundred": r"\b(?:after|some|from|in) some (?:hundred|thousand|weeks|dozen)\b|\bsome (?:hundred|thousand)s? (?!and|to\b)\w+",
    "duplicates": r"\b(?:without|remove|drops?|with|leaves?) doubles\b|\bdoubles (?:first|removed|left|fall|in the)\b",
    "at what": r"\b[Aa]t which (?:volume|depth|size|base|rate|price|corpus)\b",
    "replace with": r"\breplac\w+ (?:\S+ ){1,6}by (?:a|an|the|its|our)\b",
    "predict": r"\bforetells?\b|\bforetold\b",
    "anymore, overnight, around": r"\bany more[.,;:]|\bover night\b|\bother way round\b",
    "intelligence": r"\black of wit\b",
    "toward": r"\btowards\b",
}


def said(value: Any) -> Iterator[str]:
    """Every string of a YAML file that a person reads on the page."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from said(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in UNREAD:
                yield from said(one)


def prose(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".yaml":
        return "\n".join(said(yaml.safe_load(text)))
    front, body = split_front_matter(text)
    body = re.sub(r"^```.*?^```", "", body, flags=re.DOTALL | re.MULTILINE)
    return "\n".join([*said(front), body])


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_text_reads_as_written_in_english(path: Path) -> None:
    words = " ".join(prose(path).split())
    found = {better: match.group() for better, one in FOREIGN.items() if (match := re.search(one, words))}
    assert not found, f"rather {found}; see docs/english.md"


def test_the_page_on_style_shows_what_it_forbids() -> None:
    table = (ROOT / "docs" / "english.md").read_text(encoding="utf-8").split("| not | rather |")[1]
    shown = [one for one in FOREIGN.values() if re.search(one, table)]
    assert len(shown) >= 10
