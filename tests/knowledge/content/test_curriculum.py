from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.content.curriculum import load_curriculum
from knowledge.errors import KnowledgeError
from tests.knowledge.cards import write_card, write_week


def test_a_card_is_found_by_its_names(tmp_path: Path) -> None:
    write_card(tmp_path, "self-attention", aliases="scaled dot-product attention, attention head")
    curriculum = load_curriculum(tmp_path)
    for name in ("self-attention", "Self Attention", "Scaled dot product attention", "attention heads"):
        found = curriculum.find(name)
        assert found is not None, name
        assert found.id == "self-attention"
    assert curriculum.find("dropout") is None


def test_questions_and_their_answers_are_read(tmp_path: Path) -> None:
    write_card(tmp_path, "attention")
    concept = load_curriculum(tmp_path).concepts["attention"]
    question, answer = concept.questions_and_answers[0]
    assert question == "Why divide by the square root?"
    assert answer.startswith("So that the scores")
    assert concept.check == ("What is compared?", "Queries with keys.")


def test_a_broken_card_is_reported_and_the_rest_loads(tmp_path: Path) -> None:
    write_card(tmp_path, "attention")
    write_card(tmp_path, "softmax", week=9)
    write_card(tmp_path, "embedding").write_text("---\nid: [\n---\n", encoding="utf-8")
    (tmp_path / "concepts" / "latin.md").write_bytes("---\nid: café".encode("latin-1"))
    curriculum = load_curriculum(tmp_path)
    assert list(curriculum.concepts) == ["attention"]
    assert {problem.path for problem in curriculum.problems} == {
        "concepts/softmax.md",
        "concepts/embedding.md",
        "concepts/latin.md",
    }


def test_an_unknown_key_is_refused_by_name(tmp_path: Path) -> None:
    card = write_card(tmp_path, "attention")
    card.write_text(
        card.read_text(encoding="utf-8").replace("week: 3", "week: 3\nweeek: 4"), encoding="utf-8"
    )
    [problem] = load_curriculum(tmp_path).problems
    assert "weeek" in problem.message


def test_followers_are_what_needs_it(tmp_path: Path) -> None:
    write_card(tmp_path, "attention", needs="softmax")
    write_card(tmp_path, "softmax")
    assert load_curriculum(tmp_path).followers("softmax") == ("attention",)


def test_a_week_keeps_its_sections_in_order(tmp_path: Path) -> None:
    write_card(tmp_path, "attention")
    write_week(tmp_path, "attention")
    week = load_curriculum(tmp_path).weeks[3]
    assert list(week.body) == ["Start"]
    assert week.lectures[0].minutes == 10


def test_no_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="No lessons at"):
        load_curriculum(tmp_path / "nowhere")
