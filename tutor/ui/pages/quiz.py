"""Quiz and review: one question at a time, reasons for right and wrong, everything stored at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import streamlit as st

from tutor.quoting import as_markdown
from tutor.study.quiz.grading import AnswerError, Grade
from tutor.study.quiz.items import Item, MultipleItem, NumberItem, OrderItem, ShortItem, SingleItem
from tutor.study.quiz.sittings import REVIEW, GivenAnswer, Sitting
from tutor.study.review.memory import ENOUGH_TO_FIT, due_concepts, forecast
from tutor.ui.components.judging import offer_in_form
from tutor.ui.moves import ask, open_beside
from tutor.ui.services import her_zone, services, when


def show() -> None:
    """The page."""
    chosen = st.query_params.get("sitting")
    if chosen:
        _sitting(services().learner.record.sittings.get(chosen))
    else:
        _overview()


def _overview() -> None:
    sittings = services().learner.record.sittings
    st.title("Quiz and review")
    now = datetime.now(UTC)
    memories = services().learner.record.memories()
    due = due_concepts(memories, now, her_zone())
    with st.container(border=True):
        if due or sittings.open(REVIEW):
            count = "1 concept is" if len(due) == 1 else f"{len(due)} concepts are"
            st.markdown(f"**{count} due today.** A question each brings them back before they fade.")
            if st.button("Review", type="primary", icon=":material/history:"):
                review = sittings.start_review(due)
                if review:
                    _open(review)
        elif memories:
            soonest = min(memory.due for memory in memories.values())
            st.markdown(f"**Nothing is due today.** The next concept comes back {_day(soonest)}.")
        else:
            st.markdown(
                "**Nothing to review yet.** What you answer in a quiz comes back here before you forget it."
            )
    for one in services().learner.record.waiting_verdicts():
        with st.container(horizontal=True, vertical_alignment="center"):
            of = "the review" if one.week == REVIEW else f"the quiz of week {one.week}"
            st.markdown(f"You have not yet seen what came of your last answer in {of}.", width="stretch")
            if st.button("See it", key=f"unseen-{one.id}", icon=":material/visibility:"):
                _open(one)
    st.header("Weekly quiz", anchor=False)
    asked = st.query_params.get("week", "")
    wanted = next((number for number in services().curriculum.weeks if str(number) == asked), 0)
    for number, week in sorted(services().curriculum.weeks.items()):
        open_one = sittings.open(number)
        last = next(iter(sittings.finished(number, limit=1)), None)
        with st.container(horizontal=True, vertical_alignment="center"):
            told = f"**Week {number}** · {week.title}"
            if open_one:
                told += f"  \nin progress: {len(open_one.answers)} of {len(open_one.items)} answered"
            elif last:
                told += f"  \nlast time {last.right} of {len(last.items)}, {when(last.finished_at or last.created_at)}"
            st.markdown(told, width="stretch")
            if not (wanted or due or open_one or last):  # nothing else calls: the first week not yet asked
                wanted = number
            first = number == wanted or (open_one is not None and not wanted)
            kind: Literal["primary", "secondary"] = "primary" if first else "secondary"
            label = "Continue" if open_one else "Again" if last else "Start"
            if st.button(label, key=f"quiz-{number}", type=kind):
                _open(sittings.start(number, due))
    if memories:
        _ahead(forecast(memories, now, her_zone()))
        _whose_memory()


def _whose_memory() -> None:
    """Whether the dates follow her own forgetting or what is usual."""
    last = services().learner.record.fitted()
    if last is None:
        said = f"After {ENOUGH_TO_FIT} reviews on later days they follow your own forgetting."
        st.caption(f"The dates follow how people usually forget. {said}")
    elif last.parameters is None:
        st.caption(
            f"The dates follow how people usually forget: on {last.reviews:,} reviews of yours that predicted your "
            "answers as well as parameters of your own."
        )
    else:
        st.caption(
            f"The dates follow your own forgetting, learned from {last.reviews:,} of your reviews (your answers "
            f"surprise it by {last.hers:.2f} nats, the usual parameters by {last.defaults:.2f})."
        )


def _ahead(days: list[tuple[Any, int]]) -> None:
    import altair as alt
    import pandas as pd

    from tutor.ui.theme import palette

    frame = pd.DataFrame(
        {"day": [f"{day.day} {day:%b}" for day, _ in days], "concepts": [n for _, n in days]}
    )
    chart = (
        alt.Chart(frame, title="What comes back when")
        .mark_bar(color=palette().validation)
        .encode(x=alt.X("day:N", sort=None, title=None), y=alt.Y("concepts:Q", axis=alt.Axis(tickMinStep=1)))
        .properties(height=160)
    )
    st.altair_chart(chart, width="stretch")


def _day(moment: datetime) -> str:
    days = (moment.astimezone(her_zone()).date() - datetime.now(her_zone()).date()).days
    return "tomorrow" if days == 1 else f"in {days} days"


def _open(sitting: Sitting) -> None:
    st.query_params.clear()
    st.query_params["sitting"] = sitting.id
    st.rerun()


def _sitting(sitting: Sitting) -> None:
    name = "Review" if sitting.week == REVIEW else f"Quiz of week {sitting.week}"
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("All quizzes", icon=":material/arrow_back:", type="tertiary"):
            st.query_params.clear()
            st.rerun()
    item = services().learner.record.unseen_verdict(sitting) or sitting.next_item
    if item is None:
        _result(sitting, name)
        return
    with st.container(key="sitting-name"):
        st.title(name, anchor=False)
    number = sitting.items.index(item) + 1
    st.progress(len(sitting.answers) / len(sitting.items), text=f"Question {number} of {len(sitting.items)}")
    _question(item)
    given = sitting.answers.get(item.id)
    if given is None:
        _answer(sitting, item)
    else:
        _verdict(sitting, item, given)


def _question(item: Item) -> None:
    st.markdown(f"**{item.prompt.strip()}**" if "\n" not in item.prompt.strip() else item.prompt)
    if item.code:
        st.code(item.code, language="python", wrap_lines=True)


def _answer(sitting: Sitting, item: Item) -> None:
    with st.form(f"answer-{item.id}", border=False):
        answer = _widget(sitting, item)
        sent = st.form_submit_button("Answer", type="primary")
        if isinstance(item, ShortItem):
            offer_in_form(item, f"{sitting.id}-{item.id}")
    if not sent:
        return
    try:
        services().learner.record.answer(sitting.id, item.id, answer)
    except AnswerError as error:
        st.warning(as_markdown(str(error)), icon=":material/info:")
        return
    st.rerun()


def _widget(sitting: Sitting, item: Item) -> Any:
    key = f"{sitting.id}-{item.id}"
    match item:
        case SingleItem():
            places = range(len(item.choices))
            return st.radio(
                "Your answer",
                places,
                index=None,
                format_func=lambda p: item.choices[p].text,
                key=key,
                label_visibility="collapsed",
            )
        case MultipleItem():
            st.caption("Choose all that are right.")
            return [p for p, choice in enumerate(item.choices) if st.checkbox(choice.text, key=f"{key}-{p}")]
        case NumberItem():
            unit = f" ({item.unit})" if item.unit else ""
            return st.text_input(f"Your answer{unit}", key=key, placeholder="a number")
        case OrderItem():
            return _order(item, key)
        case ShortItem():
            return _short(item, key)


def _order(item: OrderItem, key: str) -> list[int]:
    import random

    shuffled = random.Random(key).sample(range(len(item.items)), len(item.items))
    if shuffled == sorted(shuffled):
        shuffled = [*shuffled[1:], shuffled[0]]
    return st.multiselect(
        "Choose the steps in order, the first one first",
        shuffled,
        format_func=lambda place: item.items[place],
        key=key,
    )


def _short(item: ShortItem, key: str) -> dict[str, Any]:
    text = st.text_area("Your answer, in a few sentences", key=key, height=140)
    st.caption(
        "When you have written it, compare it with what a good answer says, and tick what yours says too."
    )
    with st.expander("Compare"):
        st.markdown(item.model_answer)
        met = [
            place for place, point in enumerate(item.rubric) if st.checkbox(point, key=f"{key}-met-{place}")
        ]
    return {"text": text, "met": met}


def _verdict(sitting: Sitting, item: Item, given: GivenAnswer) -> None:
    grade: Grade = given.grade
    if isinstance(item, SingleItem | MultipleItem):
        chosen = set(given.answer) if isinstance(given.answer, list | tuple) else {given.answer}
        for place, choice in enumerate(item.choices):
            sign = (
                ":green[:material/check_circle:]"
                if choice.correct
                else ":red[:material/cancel:]"
                if place in chosen
                else ":material/circle:"
            )
            mine = " *(yours)*" if place in chosen else ""
            st.markdown(f"{sign} {choice.text}{mine}")
    if isinstance(item, OrderItem) and not grade.correct:
        st.markdown("\n".join(f"{place}. {step}" for place, step in enumerate(item.items, 1)))
    box = st.success if grade.correct else st.info
    reasons = "".join(f"  \n{reason}" for reason in grade.reasons)
    box(
        f"{'Right.' if grade.correct else 'Not this time.'}{reasons}",
        icon=":material/check_circle:" if grade.correct else ":material/lightbulb:",
    )
    st.markdown(item.explain)
    with st.container(horizontal=True, gap="small"):
        last = sitting.next_item is None
        if st.button(
            "See the result" if last else "Next question", type="primary", icon=":material/arrow_forward:"
        ):
            services().learner.record.verdict_seen(sitting.id)
            st.rerun()
        _back_to(item)
        if st.button("Undo", icon=":material/undo:", type="tertiary", help="Take this answer back"):
            services().learner.record.sittings.undo(sitting.id)
            services().learner.record.verdict_seen(sitting.id)
            st.rerun()


def _back_to(item: Item) -> None:
    concept = services().curriculum.concepts.get(item.concept)
    if concept is None:
        return
    if st.button(
        f"Card: {concept.title}", key=f"card-{item.id}", icon=":material/menu_book:", type="tertiary"
    ):
        open_beside("concept", concept.id)
    if st.button("Show me the code", key=f"code-{item.id}", icon=":material/code:", type="tertiary"):
        ask(f"Show me the code of {concept.title.lower()}")


def _result(sitting: Sitting, name: str) -> None:
    st.title(f"{sitting.right} of {len(sitting.items)}")
    services().fit_memory()
    missed = sitting.missed
    if missed:
        st.markdown("These come back soon. Each leads to its card and the code that does it.")
    else:
        st.markdown("All of them. They come back when you are about to forget them.")
    for item in missed:
        with st.container(border=True):
            st.markdown(item.prompt)
            st.caption(item.explain)
            with st.container(horizontal=True, gap="small"):
                _back_to(item)
    with st.container(horizontal=True, gap="small"):
        if sitting.week != REVIEW and st.button("Another ten", type="primary", icon=":material/replay:"):
            _open(services().learner.record.sittings.start(sitting.week))
        if st.button("Back", icon=":material/arrow_back:"):
            st.query_params.clear()
            st.rerun()
    earlier = [
        one for one in services().learner.record.sittings.finished(sitting.week) if one.id != sitting.id
    ]
    if earlier:
        past = ", ".join(f"{one.right} of {len(one.items)} ({when(one.created_at)})" for one in earlier[:5])
        st.caption(f"{name} before: {past}")
