from tutor.store.database import Database
from tutor.study.cost.notes import keep
from tutor.study.explain.explanations import Explanation, Explanations, Mode
from tutor.study.explain.prompt_bank import Prompt, load_prompts
from tutor.study.progress.mastery import Evidence, mastery
from tutor.study.progress.measures import MOST, Sources, measures
from tutor.study.progress.record import LearnerRecord
from tutor.study.quiz.items import WEEKS


def prompts(kind: str) -> list[Prompt]:
    return [prompt for week in WEEKS for prompt in load_prompts(week) if prompt.kind == kind]


def sources(database: Database) -> Sources:
    known = mastery(Evidence("attention", "answer", 1.0) for _ in range(4))
    titles = {"attention": "Attention"}
    return Sources(LearnerRecord(database, "ana"), Explanations(database, "ana"), [], known, titles)


def shown(database: Database) -> dict[str, tuple[str, ...]]:
    return {one.name: one.evidence for one in measures(sources(database))}


def explained(database: Database, prompt: Prompt, share: float, mode: Mode = "interview") -> None:
    met = tuple(range(round(share * len(prompt.rubric))))
    Explanations(database, "ana").keep(prompt, Explanation(prompt.id, "engineer", mode, "words", met))


def test_without_evidence_nothing_is_claimed(database: Database) -> None:
    none = Sources(LearnerRecord(database, "bo"), Explanations(database, "bo"), [], {}, {})
    found = measures(none)
    assert len(found) == 9
    assert not any(one.shown for one in found) and all(one.missing for one in found)


def test_each_kind_of_work_speaks_for_its_measure(database: Database) -> None:
    keep(LearnerRecord(database, "ana"), "Search", "$12 a month", "text")
    for kind in ("incident", "vendor-claim", "scoping", "prd", "explain"):
        explained(database, prompts(kind)[0], 1.0)
    found = shown(database)
    assert found["Skills line"] == ("Attention",)
    assert found["Cost estimates"][0].startswith("Search: $12 a month")
    for name in ("Whiteboard test", "Debugging", "Judging vendors", "Scoping", "Product documents"):
        assert len(found[name]) == 1 and "100%" in found[name][0], name
    assert found["Project"] == found["Confidence"] == ()


def test_an_attempt_below_the_mark_speaks_for_nothing(database: Database) -> None:
    explained(database, prompts("scoping")[0], 0.4)
    assert shown(database)["Scoping"] == ()


def test_an_explanation_without_help_counts_before_one_with_it(database: Database) -> None:
    first, second = prompts("explain")[:2]
    explained(database, first, 1.0, "practice")
    explained(database, second, 1.0, "exit")
    assert len(shown(database)["Whiteboard test"]) == 1


def test_a_long_list_is_cut_and_counted(database: Database) -> None:
    many = prompts("explain")[: MOST + 3]
    for prompt in many:
        explained(database, prompt, 1.0, "practice")
    assert shown(database)["Whiteboard test"][-1] == "and 3 more"
