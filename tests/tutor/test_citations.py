import hashlib
from dataclasses import replace

import pytest

from knowledge.search.library import WordsLibrary
from tutor.chat.citations import Citations, as_citation, resolved
from tutor.chat.rules.excerpt import best_lines, choose, fence
from tutor.chat.types import Citation
from tutor.corpus.clones import link_to
from tutor.settings import PROJECT, Settings, load_settings

FORWARD = "exercises/nanogpt/model.py::CausalSelfAttention.forward"


@pytest.fixture(scope="module")
def real(words: WordsLibrary) -> Citation:
    passage = words.resolve(FORWARD)
    assert passage is not None
    return as_citation(passage, 1)


def test_a_citation_is_the_lines_as_they_stand_on_disk(real: Citation) -> None:
    lines = (PROJECT / real.path).read_text(encoding="utf-8").split("\n")
    assert real.start is not None
    assert "\n".join(lines[real.start - 1 : real.end]) == real.text
    assert hashlib.sha256(real.text.encode("utf-8")).hexdigest() == real.sha256


def test_what_resolves_stays_and_what_does_not_is_dropped(words: WordsLibrary, real: Citation) -> None:
    invented = Citation(
        7, "exercises/nanogpt/model.py:1-900", "exercises/nanogpt/model.py", 1, 900, None, "0" * 64, "x", "x"
    )
    text, citations = resolved(
        "Nobody says that [7]. The code does [1], and [12] is nothing.", [invented, real], words
    )
    assert text == "Nobody says that. The code does [1], and is nothing."
    assert citations == (real,)


@pytest.mark.parametrize(
    "change",
    [
        {"text": "return 42"},
        {"sha256": "0" * 64},
        {"text": "return 42", "sha256": hashlib.sha256(b"return 42").hexdigest()},
        {"passage_id": "exercises/nanogpt/model.py:100000-100001"},
        {"passage_id": "../../etc/passwd:1-2"},
        {"path": "nanoGPT/model.py"},
        {"start": 1},
    ],
)
def test_a_false_citation_is_never_shown(
    words: WordsLibrary, real: Citation, change: dict[str, object]
) -> None:
    assert resolved("So it is [1].", [replace(real, **change)], words) == ("So it is.", ())  # type: ignore[arg-type]


def test_numbers_follow_the_text(words: WordsLibrary, real: Citation) -> None:
    other = words.resolve("exercises/nanogpt/model.py::FeedForward")
    assert other is not None
    text, citations = resolved("First [9], then [1], again [9].", [real, as_citation(other, 9)], words)
    assert text == "First [1], then [2], again [1]."
    assert [each.number for each in citations] == [1, 2]
    assert citations[0].title == "FeedForward"


def test_brackets_in_code_and_links_are_not_citations(words: WordsLibrary, real: Citation) -> None:
    said = "See [1](https://example.org) and\n\n```python\nx = y[2] + z[1]\n```\n\nand [1]."
    text, citations = resolved(said, [real], words)
    assert text == said
    assert len(citations) == 1


def test_the_same_lines_have_one_number(words: WordsLibrary) -> None:
    sources = Citations(words)
    passage = words.resolve(FORWARD)
    assert sources.cite(passage) == sources.cite(passage) == " [1]"
    assert sources.cite(None) == ""
    assert len(sources.made) == 1


def test_a_section_of_a_card_is_cited_from_heading_to_last_line(words: WordsLibrary) -> None:
    from knowledge.content.curriculum import load_curriculum

    concept = load_curriculum(PROJECT / "knowledge" / "lessons").concepts["attention"]
    passage = Citations(words).section(concept, "For your product")
    assert passage is not None
    assert passage.text.split("\n")[0] == "## For your product"
    assert passage.text.rstrip().endswith(concept.sections["For your product"][-20:])


def test_of_a_class_the_method_that_does_it_is_quoted(words: WordsLibrary) -> None:
    passage = words.resolve("exercises/nanogpt/model.py::CausalSelfAttention")
    assert passage is not None and passage.span.start is not None
    lines = choose(passage, "attention scores softmax")
    assert lines is not None
    quoted = passage.text.split("\n")[lines.start - passage.span.start : lines.end - passage.span.start + 1]
    assert quoted[0].strip().startswith("def forward")
    assert len(quoted) <= 30


def test_the_lines_of_a_reason_are_found(words: WordsLibrary) -> None:
    passage = words.resolve(FORWARD)
    assert passage is not None
    lines = best_lines(passage, "why divide the scores by the square root sqrt")
    assert lines is not None
    exact = words.read(passage.span.path, lines.start, lines.end)
    assert exact is not None and "sqrt" in exact.text
    assert best_lines(passage, "bananas and oranges") is None


def test_nothing_in_a_quotation_can_end_it() -> None:
    quoted = fence("a\n```\n<script>\n````\nb", "x.md")
    assert quoted.startswith("`````markdown\n") and quoted.endswith("\n`````")


def test_lines_of_a_clone_link_to_their_commit(settings: Settings) -> None:
    clone = settings.home / "upstream" / "stories"
    (clone / ".git").mkdir(parents=True)
    (clone / ".git" / "HEAD").write_text("ref: refs/heads/master\n", encoding="utf-8")
    (clone / ".git" / "config").write_text(
        '[remote "origin"]\n\turl = https://user:secret@github.com/someone/stories.git\n', encoding="utf-8"
    )
    (clone / ".git" / "packed-refs").write_text("# pack\nabc123 refs/heads/master\n", encoding="utf-8")
    from knowledge.passages import Span, make_passage

    link = link_to(load_settings(home=settings.home))
    there = make_passage(Span("stories/model.py", 5, 9), "x", "code", "x")
    assert link(there) == "https://github.com/someone/stories/blob/abc123/model.py#L5-L9"
    assert link(make_passage(Span("exercises/nanogpt/model.py", 5, 9), "x", "code", "x")) == ""
