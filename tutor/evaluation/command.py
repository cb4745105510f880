"""`python -m tutor eval`: figures printed as they were seen, and which ones need a model."""

import sys
from dataclasses import replace

from tutor.app import App
from tutor.chat.llm.agent import AgentDeps, AgentTutor
from tutor.chat.llm.client import chosen, open_model
from tutor.errors import ModelError
from tutor.evaluation.asked import BY_WORDS, SPLITS, asked_figures, load_asked
from tutor.evaluation.cases import Case, load_cases
from tutor.evaluation.guarantees import guarantees
from tutor.evaluation.trial import Trial, Verdict, likely_cost, report
from tutor.keys import find_key

NEED_A_MODEL = (
    "not run, needs a model: whether hints stay hints, wrong beliefs are righted, pressure is withstood and "
    "250 words are kept in a model's own words"
)


def evaluate(app: App, with_model: bool, most: int | None) -> int:
    """Print what code guarantees; with a model its trial as well. Raises ModelError, KnowledgeError."""
    cases = load_cases(most)
    app = replace(app, catalog=replace(app.catalog, home=None))  # her own runs would change the figures
    found = "found by words alone, for there is no index in this home yet"
    if app.settings.index.is_dir():
        app.knowledge.prepare(lambda progress: None)
        found = app.knowledge.notice or "found by meaning and by words"
    figures = guarantees(cases, app.builtin, app.curriculum)
    print(f"What code guarantees, over {len(cases)} cases, without a model ({found}):")
    for figure in figures:
        print(f"  {figure}")
        for ask in figure.failed:
            print(f"               not: {ask}")
    for split in SPLITS:
        print(asked_figures(split, load_asked(split)[:most], app.builtin))
    print(f"  {BY_WORDS}.")
    name = chosen(app.settings, find_key(app.settings))
    if not name:
        print(f"What a model says: {NEED_A_MODEL}.")
        return 0
    cost = likely_cost(name, len(cases))
    price = "an unknown price" if cost is None else f"about ${cost:.2f}"
    print(f"What {name} says: {len(cases)} cases, each graded twice, at {price}.")
    if not with_model:
        print(f"  {NEED_A_MODEL}: add --model to run it.")
        return 0
    try:
        _try(app, name, cases)
    finally:
        app.close()
    return 0


def _try(app: App, name: str, cases: list[Case]) -> None:
    settings, hers = app.settings, app.learner
    limit, cost = settings.monthly_limit, likely_cost(name, len(cases))
    if limit is not None and (cost is None or hers.spending.this_month() + cost > limit):
        raise ModelError(f"This would pass the month's limit of ${limit:.2f}. Try fewer cases with --most 1.")
    model = open_model(name, settings, find_key(settings))
    tutor = AgentTutor(model, name, AgentDeps(app.knowledge, app.catalog, app.home))
    trial = Trial(tutor, model, name, hers.conversations, hers.spending, limit)
    try:
        trial.run(cases, _tell)
    finally:
        print(f"  {len(trial.verdicts)} of {len(cases)} cases were run.")
        for line in report(trial.verdicts):
            print(f"  {line}")


def _tell(verdict: Verdict) -> None:
    if verdict.broken or verdict.disagree or not all(verdict.grades):
        grades = ", ".join({True: "yes", False: "no", None: "neither"}[grade] for grade in verdict.grades)
        broken = "; ".join(verdict.broken) or "none"
        print(
            f"  {verdict.case.kind}: {verdict.case.ask} | rules broken: {broken} | gradings: {grades}",
            file=sys.stderr,
        )
