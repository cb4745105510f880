"""Whether a question is covered by the written answers: trains the small model of `knowledge.search.coverage`.

Covered: wordings of the frequent questions, each asked with itself left out. Not covered: the prompts of the tutor's
evaluation that are out of scope, and the questions of the search's evaluation that its sources cannot answer. Half of
each trains, the other half measures.

    python -m bench.coverage [--wordings 1400]
"""

from __future__ import annotations

import argparse
import json

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bench.machine import machine
from knowledge.content.curriculum import load_curriculum
from knowledge.content.faq import load_faq
from knowledge.embedding.embedder import encode_questions, packaged_model
from knowledge.search.answer_bank import AnswerBank, known_answers, parts
from knowledge.search.lexical import Floats
from tutor.chat.rules.concept_matching import ConceptMatcher
from tutor.evaluation.cases import load_cases
from tutor.settings import PROJECT

NAMES = ("score", "meaning", "answer_meaning", "unknown_share")


def main() -> None:
    """Print what was learned and what it reaches."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--wordings", type=int, default=1400)
    wanted = options.parse_args().wordings
    knowledge = PROJECT / "knowledge"
    curriculum = load_curriculum(knowledge / "lessons")
    answers = known_answers(curriculum, load_faq(knowledge / "faq"))
    model = packaged_model()
    matcher = ConceptMatcher(curriculum)

    def encode(texts: list[str]) -> Floats:
        return encode_questions(model, texts)

    bank = AnswerBank(answers, encode)

    def signals(question: str, leave_out: str = "") -> list[float]:
        best = bank.find(question, encode(parts(question)), 1, leave_out)[0]
        return [best.score, best.meaning, best.answer_meaning, matcher.unknown_share(question)]

    wordings = [question for one in answers if one.kind == "faq" for question in one.questions]
    np.random.default_rng(0).shuffle(wordings)
    rows = [
        json.loads(line)
        for file in sorted((knowledge / "evaluation").glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    unanswerable = [row["question"] for row in rows if not row["answerable"]]
    strangers = [case.ask for case in load_cases() if case.kind == "out_of_scope"]
    covered = np.array([signals(question, question) for question in wordings[:wanted]])
    not_covered = np.array([signals(question) for question in [*strangers, *unanswerable]])
    train = np.concatenate([covered[::2], not_covered[::2]])
    labels = np.repeat([1, 0], [len(covered[::2]), len(not_covered[::2])])
    learned = LogisticRegression(max_iter=2000, class_weight="balanced").fit(train, labels)
    print(machine())
    print(f"trained on {labels.sum()} covered and {len(labels) - labels.sum()} others")
    print(
        ", ".join(f"{name} {value:.3f}" for name, value in zip(NAMES, learned.coef_[0], strict=True)),
        f"intercept {learned.intercept_[0]:.3f}",
    )
    yes, no = (learned.predict_proba(part[1::2])[:, 1] for part in (covered, not_covered))
    print(
        f"on the other half: AUC {roc_auc_score(np.repeat([1, 0], [len(yes), len(no)]), np.concatenate([yes, no])):.3f}"
    )
    for least in (0.35, 0.5, 0.6):
        print(
            f"  from {least}: {np.mean(yes >= least):.0%} of the covered, {np.mean(no >= least):.0%} of the others"
        )


if __name__ == "__main__":
    main()
