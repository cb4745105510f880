from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tutor.study.quiz.items import Choice, Item, SingleItem
from tutor.study.quiz.selection import LastAnswer, choose

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def item(name: str, concept: str) -> Item:
    return SingleItem(
        id=name,
        concept=concept,
        kind="single",
        prompt="?",
        explain="!",
        source=concept,
        choices=(Choice(text="a", correct=True), Choice(text="b", why="no"), Choice(text="c", why="no")),
    )


BANK = [item(f"{concept}-{n}", concept) for concept in "abcdefghijkl" for n in range(3)]


@given(
    st.integers(0, 10_000), st.sets(st.sampled_from([i.id for i in BANK])), st.sets(st.sampled_from("abcdef"))
)
def test_ten_different_items_whatever_was_answered(seed: int, answered: set[str], due: set[str]) -> None:
    last = {name: LastAnswer(NOW, len(name) % 2 == 0) for name in answered}
    chosen = choose(BANK, last, seed, due)
    assert len({i.id for i in chosen}) == 10


def test_a_first_sitting_covers_ten_concepts() -> None:
    assert len({i.concept for i in choose(BANK, {}, seed=1)}) == 10


def test_what_is_due_comes_first() -> None:
    assert {i.concept for i in choose(BANK, {}, seed=3, due={"k", "l"})[:2]} == {"k", "l"}


def test_of_a_due_concept_the_least_recently_seen_item_is_drawn() -> None:
    last = {f"a-{n}": LastAnswer(NOW + timedelta(days=n), True) for n in range(3)}
    assert choose(BANK, last, seed=5, due={"a"})[0].id == "a-0"


def test_new_items_come_before_missed_ones_and_missed_before_known() -> None:
    small = [item(name, name) for name in ("new", "missed", "known")]
    last = {"missed": LastAnswer(NOW, False), "known": LastAnswer(NOW - timedelta(days=9), True)}
    assert [i.id for i in choose(small, last, seed=0)] == ["new", "missed", "known"]


def test_a_small_bank_gives_what_it_has() -> None:
    assert len(choose(BANK[:4], {}, seed=0)) == 4


def test_another_seed_draws_other_items() -> None:
    assert [i.id for i in choose(BANK, {}, 1)] != [i.id for i in choose(BANK, {}, 2)]
