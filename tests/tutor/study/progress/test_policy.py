from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tutor.study.progress.path import Step, current_week, open_steps
from tutor.study.progress.policy import Record, next_objective
from tutor.study.progress.schedule import Plan, honest_sentence, schedule

PATH = tuple(
    Step(week, kind, f"{kind}-{n}", f"{kind} {n}", minutes, essential)
    for week in (1, 2, 3)
    for n, (kind, minutes, essential) in enumerate(
        [("section", 10, True), ("lecture", 120, True), ("section", 20, False), ("experiment", 8, True),
         ("quiz", 15, True), ("explain", 10, False)]
    )
)  # fmt: skip
DONE = st.sets(st.sampled_from([step.id for step in PATH])).map(frozenset)
MINUTES = st.one_of(st.none(), st.sampled_from([15, 30, 90]))


@given(DONE, MINUTES, st.booleans())
def test_never_done_never_locked_always_something(
    done: frozenset[str], minutes: int | None, short: bool
) -> None:
    objective = next_objective(Record(PATH, done, minutes=minutes, essential_only=short))
    assert objective.title and objective.reason and objective.minutes > 0
    if objective.kind != "practice":
        allowed = {(step.week, step.kind, step.subject) for step in open_steps(PATH, done)}
        assert (objective.week, objective.kind, objective.subject) in allowed


@given(DONE, MINUTES, st.booleans())
def test_doing_what_it_says_comes_to_an_end(done: frozenset[str], minutes: int | None, short: bool) -> None:
    for _ in range(len(PATH) + 1):
        objective = next_objective(Record(PATH, done, minutes=minutes, essential_only=short))
        if objective.kind == "practice":
            break
        done = done | {f"{objective.week}/{objective.kind}/{objective.subject}"}
    assert objective.kind == "practice"
    assert all(step.id in done for step in PATH if step.essential)


def test_a_quiz_in_the_middle_comes_before_everything() -> None:
    record = Record(PATH, due=("softmax",), open_quiz=2, finished_run="r1")
    assert next_objective(record).kind == "resume-quiz"


def test_a_run_that_finished_is_looked_at_before_reviews() -> None:
    assert next_objective(Record(PATH, due=("softmax",), finished_run="r1")).kind == "look-at-run"


def test_after_a_week_away_what_is_due_comes_first() -> None:
    objective = next_objective(Record(PATH, due=("softmax", "attention")))
    assert objective.kind == "review" and "2 concepts" in objective.title


def test_fifteen_minutes_skip_the_two_hour_lecture() -> None:
    done = frozenset({PATH[0].id})
    assert next_objective(Record(PATH, done)).kind == "lecture"
    assert next_objective(Record(PATH, done, minutes=15)).minutes <= 15


def test_the_second_week_waits_for_the_essentials_of_the_first() -> None:
    done = frozenset(step.id for step in PATH if step.week == 1 and step.essential)
    assert {step.week for step in open_steps(PATH, frozenset())} == {1}
    assert {step.week for step in open_steps(PATH, done)} == {1, 2}


def test_a_missed_week_moves_the_finish_by_a_week() -> None:
    plan = Plan(date(2026, 1, 5), hours=2.5)
    planned = schedule(PATH, frozenset(), plan, date(2026, 1, 5))
    late = schedule(PATH, frozenset(), plan, date(2026, 1, 12))
    assert late.finish - planned.finish == timedelta(days=7)
    assert late.minutes == planned.minutes


@given(DONE, st.floats(0.25, 60), st.booleans())
def test_stretches_follow_each_other_and_hold_what_is_left(
    done: frozenset[str], hours: float, short: bool
) -> None:
    today = date(2026, 1, 5)
    plan = Plan(today, hours, short)
    laid = schedule(PATH, done, plan, today)
    assert laid.minutes == sum(s.minutes for s in PATH if s.id not in done and (s.essential or not short))
    for one, two in zip(laid.stretches, laid.stretches[1:], strict=False):
        assert one.first <= one.last <= two.last and one.first <= two.first


def test_the_two_paths_are_said_with_her_hours() -> None:
    said = honest_sentence(PATH, Plan(date(2026, 1, 5), 2.0), date(2026, 1, 5))
    assert "full path takes 5 weeks (9 hours)" in said and "essential one 4 weeks (8 hours)" in said


def test_what_was_explained_a_week_ago_comes_after_what_is_due_and_before_new_steps() -> None:
    record = Record(PATH, due=("softmax",), exits=("w3-explain-attention",))
    assert next_objective(record).kind == "review"
    objective = next_objective(Record(PATH, exits=("w3-explain-attention",)))
    assert (objective.kind, objective.subject) == ("exit", "w3-explain-attention")


def test_the_current_week_is_the_first_with_something_essential_left() -> None:
    first = frozenset(step.id for step in PATH if step.week == 1 and step.essential)
    assert current_week(PATH, frozenset()) == 1
    assert current_week(PATH, first) == 2
    assert current_week(PATH, frozenset(step.id for step in PATH)) is None
