from __future__ import annotations

import pytest

from knowledge.content.markdown import sections, split_front_matter
from knowledge.errors import KnowledgeError


def test_a_hash_in_a_fence_is_no_heading() -> None:
    lines = ["# Top", "```sh", "# not a heading", "```", "## Below", "text"]
    assert [part.path for part in sections(lines)] == [("Top",), ("Top", "Below")]


def test_a_longer_fence_holds_a_shorter_one() -> None:
    lines = ["````md", "```", "# inside", "```", "````", "# outside"]
    assert [part.title for part in sections(lines) if part.level] == ["outside"]


def test_sections_cover_every_line_once() -> None:
    lines = ["before", "# a", "x", "### b", "y", "## c", "z"]
    covered = [number for part in sections(lines) for number in range(part.start, part.end + 1)]
    assert covered == list(range(1, len(lines) + 1))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# no front matter", "no front matter"),
        ("---\nid: a\n# never closed", "not closed"),
        ("---\nid: [a\n---\n", "not YAML"),
        ("---\n- a\n---\n", "key: value"),
    ],
)
def test_broken_front_matter_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(KnowledgeError, match=says):
        split_front_matter(text)
