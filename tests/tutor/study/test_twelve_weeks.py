"""A learner over twelve weeks with a moved clock: what is due, what comes next, when she is done."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from freezegun import freeze_time

from knowledge.content.curriculum import load_curriculum
from tests.tutor.study.quiz.test_sittings import right_answer
from tutor.settings import PROJECT
from tutor.store.database import Database
from tutor.study.explain.explanations import Explanation, Explanations
from tutor.study.explain.prompt_bank import load_prompts
from tutor.study.progress.mastery import mastery
from tutor.study.progress.path import Step, steps
from tutor.study.progress.policy import Objective, next_objective
from tutor.study.progress.record import LearnerRecord
from tutor.study.progress.schedule import Plan, schedule
from tutor.study.quiz.grading import AnswerError
from tutor.study.quiz.items import WEEKS, Item, SingleItem
from tutor.study.review.memory import due_concepts, replay

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 2, 2, 19, 0, tzinfo=BERLIN)  # the clocks change on 29 March
AWAY = range(35, 47)  # days without a session: a missed week and more


class Ana:
    """Two sessions a week of an hour; right in four answers of five."""

    def __init__(self, database: Database, path: tuple[Step, ...]) -> None:
        self.path, self.chance, self.runs = path, random.Random(7), 0
        self.record = LearnerRecord(database, "ana", self.chance)
        self.explanations = Explanations(database, "ana")
        self.done_kinds: list[str] = []

    def session(self, now: datetime) -> None:
        spent = 0
        while spent < 75:
            objective = next_objective(self.record.now(self.path, now.astimezone(UTC), BERLIN, minutes=None))
            self.done_kinds.append(objective.kind)
            if objective.kind == "practice":
                return
            self.do(objective, now)
            spent += objective.minutes

    def do(self, objective: Objective, now: datetime) -> None:
        match objective.kind:
            case "section":
                self.record.note("read", f"{objective.week}/{objective.subject}")
            case "lecture":
                self.record.note("watched", objective.subject)
            case "experiment":
                self.runs += 1
                self.record.predictions.add(
                    f"run-{self.runs}", "nanogpt", "?", ["a", "b"], "a", objective.subject
                )
                self.record.predictions.settle(f"run-{self.runs}", self.chance.choice("ab"))
            case "explain":
                prompt = load_prompts(objective.week or 1)[0]
                self.explanations.keep(prompt, Explanation(prompt.id, "cfo", "practice", "words", (0, 1, 2)))
            case "exit":
                prompt = next(
                    one for week in WEEKS for one in load_prompts(week) if one.id == objective.subject
                )
                self.explanations.keep(prompt, Explanation(prompt.id, "cfo", "exit", "words", (0, 1, 2, 3)))
            case "review":
                due = due_concepts(replay(self.record.sittings.reviews()), now.astimezone(UTC), BERLIN)
                sitting = self.record.sittings.start_review(due)
                assert sitting is not None and {item.concept for item in sitting.items} <= set(due)
                self.answer_all(sitting.id)
            case "quiz":
                self.answer_all(self.record.sittings.start(objective.week or 1).id)
            case _:
                raise AssertionError(objective)

    def answer_all(self, sitting_id: str) -> None:
        while (item := self.record.sittings.get(sitting_id).next_item) is not None:
            right = self.chance.random() < 0.8
            try:
                self.record.sittings.answer(
                    sitting_id, item.id, right_answer(item) if right else wrong_answer(item)
                )
            except AnswerError:
                self.record.sittings.answer(sitting_id, item.id, right_answer(item))


def wrong_answer(item: Item) -> object:
    if isinstance(item, SingleItem):
        return next(place for place, choice in enumerate(item.choices) if not choice.correct)
    return {"multiple": [0], "number": "-98765", "short": {"text": "hm", "met": []}}.get(
        item.kind, list(reversed(range(len(getattr(item, "items", ()))))),
    )  # fmt: skip


def test_twelve_weeks_of_two_evenings(database: Database) -> None:
    path = steps(load_curriculum(PROJECT / "knowledge" / "lessons"))
    ana = Ana(database, path)
    waiting_most = 0
    promised: dict[int, date] = {}
    for day in range(84):
        now = START + timedelta(days=day)
        done = ana.record.done(path)
        promised[day] = schedule(path, done, Plan(START.date(), 2.5), now.date()).finish
        if day % 7 in (0, 3) and day not in AWAY:
            with freeze_time(now.astimezone(UTC)):
                ana.session(now)
            left = due_concepts(replay(ana.record.sittings.reviews()), now.astimezone(UTC), BERLIN)
            if day < AWAY.start:
                waiting_most = max(waiting_most, len(left))
    done = ana.record.done(path)
    weeks_done = {step.week for step in path if step.id in done and step.kind == "quiz"}
    assert len(done) >= len(path) // 2 and {1, 2, 3} <= weeks_done
    assert waiting_most <= 10, "what was due did not pile up while she came"
    assert promised[AWAY.stop] - promised[AWAY.start] >= timedelta(days=len(AWAY) - 2), (
        "a missed week moves dates"
    )
    later = START + timedelta(days=AWAY.stop)
    assert ana.done_kinds.count("review") > 5
    known = mastery(ana.record.evidence({}))
    assert sum(one.level == "solid" for one in known.values()) > 5
    assert all(0 <= one.low <= one.mean <= one.high <= 1 for one in known.values())
    assert later.utcoffset() == timedelta(hours=1) and (START + timedelta(days=80)).utcoffset() == timedelta(
        hours=2
    )


def test_a_finished_objective_never_comes_back(database: Database) -> None:
    path = steps(load_curriculum(PROJECT / "knowledge" / "lessons"))
    ana = Ana(database, path)
    seen: set[tuple[str, str, int | None]] = set()
    with freeze_time(START.astimezone(UTC)):
        for _ in range(2 * len(path)):
            objective = next_objective(ana.record.now(path, START.astimezone(UTC), BERLIN))
            if objective.kind == "practice":
                break
            key = (objective.kind, objective.subject, objective.week)
            assert key not in seen
            seen.add(key)
            ana.do(objective, START)
    assert ana.record.done(path) == {step.id for step in path}
