"""A model reads her words too, where there is one: it proposes verdicts, she decides.

What it costs is counted like an answer's.
"""

from __future__ import annotations

from functools import partial

import streamlit as st
from pydantic import SecretStr

from tutor.chat.llm.client import chosen, explain, failures, open_model
from tutor.chat.llm.usage import ASIDE, Usage, price_of
from tutor.errors import ModelError, TutorError
from tutor.keys import find_key
from tutor.quoting import as_markdown
from tutor.study.explain.judge import Ask, Judged, judge
from tutor.study.explain.prompt_bank import Prompt
from tutor.study.quiz.items import ShortItem
from tutor.ui.boundary import guarded
from tutor.ui.services import services


def offer(prompt: Prompt, words: str) -> list[Judged]:
    """A button that lets the model judge; its verdicts once it has, which are then chosen on the page."""
    found = model_to_ask()
    key = f"judged-{prompt.id}"
    if found is not None and key not in st.session_state:
        name, ask = found
        if st.button(
            f"Let {name.partition(':')[2]} read it too", icon=":material/rate_review:", key=f"ask-{key}"
        ):
            try:
                with st.spinner("Reading it twice …"):
                    judged = judge(ask, [point.point for point in prompt.rubric], words)
            except TutorError as error:
                st.warning(as_markdown(str(error)), icon=":material/info:")
                return []
            st.session_state[key] = judged
            for place, one in enumerate(judged):
                st.session_state[f"point-{prompt.id}-{place}"] = one.verdict
    return list(st.session_state.get(key, ()))


def offer_in_form(item: ShortItem, key: str) -> None:
    """The same for a short answer of a quiz: a second button of its form, which ticks the points it finds."""
    found = model_to_ask()
    if found is None:
        return
    name = found[0].partition(":")[2]
    st.form_submit_button(
        f"Let {name} read it first",
        icon=":material/rate_review:",
        on_click=guarded(_read_short),
        args=(item, key, found[1]),
    )
    for said in st.session_state.get(f"{key}-read", ()):
        st.caption(said)


def _read_short(item: ShortItem, key: str, ask: Ask) -> None:
    words, told = str(st.session_state.get(key, "")), f"{key}-read"
    if not words.strip():
        st.session_state[told] = ["Write a sentence or two first."]
        return
    try:
        judged = judge(ask, item.rubric, words)
    except TutorError as error:
        st.session_state[told] = [as_markdown(str(error))]
        return
    for place, one in enumerate(judged):
        st.session_state[f"{key}-met-{place}"] = one.verdict == "said"
    count = sum(one.verdict == "said" for one in judged)
    st.session_state[told] = [
        f"It finds {count} of {len(judged)} points; its ticks are under Compare, yours to change."
    ]
    st.session_state[told] += [
        f"Its two readings disagree about: {point}"
        for point, one in zip(item.rubric, judged, strict=True)
        if not one.agreed
    ]


def model_to_ask() -> tuple[str, Ask] | None:
    """The model's name and how to ask it; None where the built-in tutor answers. Asking raises ModelError."""
    answering = services().learner.answering
    key = answering.key or find_key(answering.settings)
    name = chosen(answering.settings, key)
    return (name, partial(_ask, name, key)) if name else None


def _ask(name: str, key: SecretStr | None, instructions: str, material: str) -> str:
    service = services()
    service.learner.spending.expect_room(name, service.settings.monthly_limit)
    model = open_model(name, service.settings, key)
    text, used = "", Usage()
    try:
        for piece in model.stream([("system", instructions), ("human", material)]):
            text += str(piece.text)
            used = used.plus(piece.usage_metadata or {})
    except failures() as error:
        raise ModelError(explain(error, name)) from None  # the original may hold the key
    service.learner.record.note(ASIDE, name, dollars=used.cost(price_of(name)) or 0.0)
    return text
