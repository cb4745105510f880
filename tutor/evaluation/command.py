"""`python -m tutor eval`: figures printed as they were seen, and which ones need a model."""

import sys

from tutor.chat.conversations import Conversations
from tutor.chat.llm.agent import AgentDeps, AgentTutor
from tutor.chat.llm.client import chosen, open_model
from tutor.chat.llm.usage import Spending
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.corpus.service import KnowledgeService
from tutor.errors import ModelError
from tutor.evaluation.asked import BY_WORDS, SPLITS, asked_figures, load_asked
from tutor.evaluation.cases import Case, load_cases
from tutor.evaluation.guarantees import guarantees
from tutor.evaluation.trial import Trial, Verdict, likely_cost, report
from tutor.keys import find_key
from tutor.run_catalog import RunCatalog
from tutor.settings import Settings
from tutor.store.database import open_database

NEED_A_MODEL = (
    "not run, needs a model: whether hints stay hints, wrong beliefs are righted, pressure is withstood and "
    "250 words are kept in a model's own words"
)


def evaluate(settings: Settings, with_model: bool, most: int | None) -> int:
    """Print what code guarantees; with a model its trial as well. Raises ModelError, KnowledgeError."""
    cases = load_cases(most)
    knowledge = KnowledgeService(settings)
    found = "found by words alone, for there is no index in this home yet"
    if settings.index.is_dir():
        knowledge.prepare(lambda progress: None)
        found = knowledge.notice or "found by meaning and by words"
    catalog = RunCatalog.load()
    builtin = BuiltinTutor(knowledge, catalog)
    figures = guarantees(cases, builtin, knowledge.curriculum)
    print(f"What code guarantees, over {len(cases)} cases, without a model ({found}):")
    for figure in figures:
        print(f"  {figure}")
        for ask in figure.failed:
            print(f"               not: {ask}")
    for split in SPLITS:
        print(asked_figures(split, load_asked(split)[:most], builtin))
    print(f"  {BY_WORDS}.")
    key = find_key(settings)
    name = chosen(settings, key)
    if not name:
        print(f"What a model says: {NEED_A_MODEL}.")
        return 0
    cost = likely_cost(name, len(cases))
    price = "an unknown price" if cost is None else f"about ${cost:.2f}"
    print(f"What {name} says: {len(cases)} cases, each graded twice, at {price}.")
    if not with_model:
        print(f"  {NEED_A_MODEL}: add --model to run it.")
        return 0
    _try(settings, name, knowledge, cases)
    return 0


def _try(settings: Settings, name: str, knowledge: KnowledgeService, cases: list[Case]) -> None:
    database = open_database(settings)
    try:
        spending = Spending(database, settings.learner)
        limit, cost = settings.monthly_limit, likely_cost(name, len(cases))
        if limit is not None and (cost is None or spending.this_month() + cost > limit):
            raise ModelError(
                f"This would pass the month's limit of ${limit:.2f}. Try fewer cases with --most 1."
            )
        model = open_model(name, settings, find_key(settings))
        tutor = AgentTutor(model, name, AgentDeps(knowledge, RunCatalog.load(), settings.home))
        trial = Trial(tutor, model, name, Conversations(database, settings.learner), spending, limit)
        try:
            trial.run(cases, _tell)
        finally:
            print(f"  {len(trial.verdicts)} of {len(cases)} cases were run.")
            for line in report(trial.verdicts):
                print(f"  {line}")
    finally:
        database.close()


def _tell(verdict: Verdict) -> None:
    if verdict.broken or verdict.disagree or not all(verdict.grades):
        grades = ", ".join({True: "yes", False: "no", None: "neither"}[grade] for grade in verdict.grades)
        broken = "; ".join(verdict.broken) or "none"
        print(
            f"  {verdict.case.kind}: {verdict.case.ask} | rules broken: {broken} | gradings: {grades}",
            file=sys.stderr,
        )
