from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import pytest

from knowledge.errors import KnowledgeError
from knowledge.evaluation.baseline import chunks
from knowledge.evaluation.metrics import Question, evaluate, load_questions, table
from knowledge.ingest.contents import read_contents
from knowledge.ingest.sources import Corpus
from knowledge.passages import Span, make_passage
from knowledge.search.library import Hit, Results, WordsLibrary


def answer(*spans: Span, confidence: float = 0.5) -> Results:
    hits = tuple(Hit(make_passage(span, "x" * 400, "code", ""), 1.0) for span in spans)
    return Results(hits, confidence, 1.0, False)


def test_scores_are_those_worked_out_by_hand() -> None:
    gold, wrong, second = Span("a.py", 1, 10), Span("a.py", 50, 60), Span("b.py", 1, 5)
    asked = [
        Question("1", "found second", "where", ((gold,),)),
        Question("2", "half of a comparison", "compare", ((gold,), (second,))),
        Question("3", "not in here", "none", ()),
    ]
    answers = {
        "found second": answer(wrong, Span("a.py", 8, 9), confidence=0.9),
        "half of a comparison": answer(second, wrong, confidence=0.4),
        "not in here": answer(wrong, confidence=0.4),
    }
    scores = evaluate(asked, answers.__getitem__)
    assert scores.recall == {1: 0.25, 3: 0.75, 5: 0.75, 10: 0.75}
    assert scores.mrr == 0.75
    assert scores.ndcg == pytest.approx((1 / math.log2(3) + 1 / (1 + 1 / math.log2(3))) / 2)
    assert scores.auc == 0.75
    assert scores.tokens == pytest.approx((200 + 200 + 100) / 3)
    assert "compare 0.50 (1)" in table({"ours": scores})


def test_questions_name_places_by_symbol_and_are_checked(tmp_path: Path, corpus: Corpus) -> None:
    contents = read_contents(corpus)
    file = tmp_path / "q.jsonl"
    gold = {"path": "toy/model.py", "symbol": "learning_rate"}
    asked = {"id": 1, "question": "how fast", "kind": "what", "gold": [gold]}
    file.write_text(json.dumps(asked), encoding="utf-8")
    [question] = load_questions(file, contents)
    resolved = contents.resolve("toy/model.py::learning_rate")
    assert resolved is not None
    assert question.groups == ((resolved.span,),)
    file.write_text(json.dumps(asked | {"gold": [gold | {"symbol": "gone"}]}), encoding="utf-8")
    with pytest.raises(KnowledgeError, match="gone"):
        load_questions(file, contents)
    file.write_text("not json", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="line 1"):
        load_questions(file, contents)


def test_words_alone_answer_questions_on_the_toy(corpus: Corpus) -> None:
    library = WordsLibrary(corpus)
    place = library.resolve("toy/model.py::Attention.forward")
    assert place is not None
    asked = [Question("1", "where is the future hidden", "where", ((place.span,),))]
    assert evaluate(asked, library.search).recall[1] == 1.0


def test_chunks_of_the_usual_recipe_cover_the_text() -> None:
    text = "".join(f"line {number} of a text\n" for number in range(400))
    pieces = chunks(text)
    assert pieces[0][0] == 0
    assert pieces[-1][1] == len(text)
    assert all(end - start <= 1000 for start, end in pieces)
    assert all(after[0] < before[1] for before, after in itertools.pairwise(pieces))
