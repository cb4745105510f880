"""Frequent questions: each entry fits its format, answers at once, and rests on what is in this repository."""

import re
from functools import cache
from pathlib import Path

import pytest

from knowledge.content.curriculum import load_curriculum
from knowledge.content.faq import load_faq
from knowledge.content.notes import load_notes
from knowledge.content.symbols import find_symbol
from knowledge.errors import KnowledgeError
from knowledge.ingest.chunking.split import Document, split

ROOT = Path(__file__).parent.parent.parent
KNOWLEDGE = ROOT / "knowledge"
ENTRIES = load_faq(KNOWLEDGE / "faq")
CURRICULUM = load_curriculum(KNOWLEDGE / "lessons")
EXPERIMENTS = {path.stem for path in (ROOT / "exercises" / "experiments").glob("*.yaml")}
DENIAL = r"(No|Not|None|Neither|Nothing|Nobody)\b"

GOOD = """
topic: good
entries:
  - id: a-good-one
    concept: softmax
    questions: [one, two, three, four, five]
    answer: ANSWER
    rests_on: [softmax]
"""


def folded(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.lower()))


def first_sentence(answer: str) -> str:
    return re.split(r"(?<=[.?!])\s", answer.strip(), maxsplit=1)[0]


@cache
def document(path: str) -> Document | None:
    file = ROOT / path
    return split(path, path.split("/")[0], file.read_text(encoding="utf-8")) if file.is_file() else None


@cache
def upstream() -> frozenset[str]:
    """Files and symbols of other people's repositories that our cards and notes speak of."""
    known = {reference for concept in CURRICULUM.concepts.values() for reference in concept.code}
    for path in (KNOWLEDGE / "notes").glob("*.yaml"):
        book, problems = load_notes(path)
        assert book is not None, problems
        for note in book.notes:
            file = f"{book.repository}/{note.file}"
            known |= {file, f"{file}::{note.symbol}"}
    return frozenset(known)


def resolves(reference: str) -> bool:
    if reference in CURRICULUM.concepts or reference in EXPERIMENTS:
        return True
    path, _, symbol = reference.partition("::")
    found = document(path)
    if found is not None:
        return not symbol or find_symbol(found, symbol) is not None
    return reference in upstream()


def test_there_are_enough_and_no_file_is_too_long() -> None:
    topics = [entry.topic for entry in ENTRIES]
    assert len(ENTRIES) >= 210
    assert {topic: topics.count(topic) for topic in set(topics) if topics.count(topic) > 42} == {}


def test_a_quarter_rests_on_a_wrong_premise() -> None:
    assert sum(entry.premise == "wrong" for entry in ENTRIES) >= len(ENTRIES) / 4


def test_no_two_entries_share_a_question() -> None:
    owners: dict[str, str] = {}
    for entry in ENTRIES:
        for question in entry.questions:
            key = folded(question)
            assert key not in owners, f"{entry.id} and {owners[key]} both ask: {question}"
            owners[key] = entry.id


def test_each_concept_is_a_card() -> None:
    assert [entry.id for entry in ENTRIES if entry.concept not in CURRICULUM.concepts] == []


def test_what_an_answer_rests_on_is_there() -> None:
    lost = {entry.id: [name for name in entry.rests_on if not resolves(name)] for entry in ENTRIES}
    assert {entry: names for entry, names in lost.items() if names} == {}


def test_the_first_sentence_is_short_and_a_statement() -> None:
    first = {entry.id: first_sentence(entry.answer) for entry in ENTRIES}
    assert [name for name, said in first.items() if not 3 <= len(said.split()) < 40] == []
    assert [name for name, said in first.items() if said.endswith(("?", "!"))] == []


def test_a_wrong_belief_is_denied_with_the_first_word() -> None:
    wrong = {entry.id: entry.answer for entry in ENTRIES if entry.premise == "wrong"}
    assert [name for name, answer in wrong.items() if not re.match(DENIAL, answer)] == []


def test_paragraphs_are_whole_and_keep_to_our_tone() -> None:
    for entry in ENTRIES:
        prose = re.sub(r"```.*?```|`[^`]*`", "CODE", entry.answer, flags=re.DOTALL)
        assert "!" not in prose, entry.id
        assert not re.search(r"\b(great|good) question\b|\b(simply|obviously)\b", prose, re.I), entry.id
        for paragraph in prose.split("\n\n"):
            assert re.search(r"([.:)]|CODE)$", paragraph.strip()), f"{entry.id}: {paragraph}"


def test_references_that_lead_nowhere_are_found() -> None:
    assert not resolves("exercises/minbpe/model.py::no_such_symbol")
    assert not resolves("nanoGPT/train.py::no_such_symbol")
    assert not resolves("no-such-card")


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("ANSWER", "word " * 39, "answer"),
        ("ANSWER", "word " * 121, "answer"),
        ("[one, two, three, four, five]", "[one, two]", "questions"),
        ("concept: softmax", "concpt: softmax", "concpt"),
        ("a-good-one", "Not Kebab", "id"),
    ],
)
def test_a_fault_is_told_with_file_and_id(tmp_path: Path, before: str, after: str, complaint: str) -> None:
    text = GOOD.replace(before, after).replace("ANSWER", "word " * 40)
    (tmp_path / "good.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=rf"good\.yaml: .*{complaint}"):
        load_faq(tmp_path)


def test_an_id_may_occur_once(tmp_path: Path) -> None:
    text = GOOD.replace("ANSWER", "word " * 40)
    (tmp_path / "good.yaml").write_text(text, encoding="utf-8")
    assert [entry.id for entry in load_faq(tmp_path)] == ["a-good-one"]
    (tmp_path / "twin.yaml").write_text(text.replace("topic: good", "topic: twin"), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"twin\.yaml: a-good-one: good\.yaml"):
        load_faq(tmp_path)
