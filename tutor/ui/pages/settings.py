"""Settings and the state of things: where everything is, who answers, what this machine has."""

from __future__ import annotations

import streamlit as st
from pydantic import SecretStr

from tutor.chat.llm.client import NO_MODEL, available, chosen
from tutor.checks.doctor import examine
from tutor.errors import TutorError
from tutor.keys import find_key, forget_key, keep_key
from tutor.quoting import as_code, as_markdown
from tutor.study.progress.struggles import LONGEST, Struggles
from tutor.ui.components.chat_footer import spent_this_month
from tutor.ui.services import services

SIGNS = {
    "ok": ":green[:material/check_circle:]",
    "note": ":orange[:material/info:]",
    "wrong": ":red[:material/error:]",
}


def show() -> None:
    """The page."""
    st.title("Settings")
    _model()
    _remembered()
    _places()
    st.header("This machine", anchor=False)
    st.markdown(
        "Looks at Python, torch, disk, memory, git, clones and the index, and says how to mend what is wrong."
    )
    if st.button("Examine", icon=":material/stethoscope:"):
        _examine()


def _places() -> None:
    settings, knowledge = services().settings, services().knowledge
    now = knowledge.progress
    words = {"ready": "Ready: search by meaning and by words.", "words": "Not begun yet.",
             "building": f"Being built: {now.done:,} of {now.total:,}.", "failed": as_markdown(now.error)}  # fmt: skip
    st.header("Where everything is", anchor=False)
    st.markdown(
        f"- **Yours**: {as_code(settings.home)}. TUTOR_HOME chooses another folder.\n"
        f"- **Record**: {as_code(settings.database_place)}\n"
        f"- **Karpathy's repositories**: {as_code(settings.upstream_folder)}\n"
        f"- **Index**: {words[now.state]}"
    )


def _remembered() -> None:
    """What a model is told that she finds hard: to be corrected, added to, erased."""
    lines = services().struggles()
    keeper = Struggles(services().learner.record)
    st.header("What the tutor remembers you find hard", anchor=False)
    st.markdown(
        "Drawn from your answers and explanations. A model that answers is told these lines; nothing else uses them. "
        "Correct them, or take them out."
        if lines
        else "Nothing yet. What you find hard in quizzes and explanations will be listed here; you can add a line."
    )
    for one in lines:
        with st.form(f"struggle-{one.key}", border=False):
            row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
            text = row.text_input("Line", one.text, label_visibility="collapsed", max_chars=LONGEST)
            if row.form_submit_button("Keep", icon=":material/check:") and text != one.text:
                keeper.write(text, one.key)
                st.rerun()
            if row.form_submit_button("Erase", icon=":material/delete:", type="tertiary"):
                keeper.erase(one)
                st.rerun()
    with st.form("struggle-new", border=False, clear_on_submit=True):
        row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
        text = row.text_input("Add a line", placeholder="I mix up queries and keys", max_chars=LONGEST)
        if row.form_submit_button("Add", icon=":material/add:") and text.strip():
            keeper.write(text)
            st.rerun()
    if len(lines) > 1:
        with st.popover("Erase all", icon=":material/delete:", type="tertiary"):
            st.markdown("All lines go. Your answers and explanations stay.")
            if st.button("Erase them"):
                for one in lines:
                    keeper.erase(one)
                st.rerun()


def _model() -> None:
    """Who answers: the built-in tutor, or a model with a key that is never shown or stored without her word."""
    service = services()
    answering = service.learner.answering
    key = answering.key or find_key(answering.settings)
    name = chosen(answering.settings, key)
    st.header("Who answers", anchor=False)
    if not name:
        st.markdown(
            "The **built-in tutor**: from the lessons and the code alone, on this machine, without a key. "
            "With a Claude key you can also talk freely; what you ask and the passages found go to Anthropic then."
        )
    else:
        model = as_markdown(name.partition(":")[2])
        st.markdown(f"**{model}**. When it fails, the built-in tutor answers and says so.")
        if said := spent_this_month():
            st.caption(said)
    with st.form("key", border=False, clear_on_submit=True):
        typed = st.text_input("Claude key", type="password", placeholder="sk-ant-…", autocomplete="off")
        keep = st.toggle("Keep it in this system's keyring")
        sent = st.form_submit_button("Try this key", icon=":material/key:")
    if sent and typed.strip():
        _try(SecretStr(typed.strip()), keep)
    models = st.session_state.get("models", [])
    if models:
        picked = st.selectbox("Model", models, index=models.index(name) if name in models else 0)
        if picked != name:
            _use(key, model=picked)
    if name:
        _search_help(key)
    if key is not None and st.button("Forget the key", icon=":material/key_off:", type="tertiary"):
        forget_key()
        st.session_state.pop("models", None)
        _use(None, model=NO_MODEL)


def _search_help(key: SecretStr | None) -> None:
    now = services().learner.answering.settings.search_help
    wanted = st.toggle(
        "Let the model help the search",
        now,
        help="It rewords each question before the search and puts what was found in order: two more calls for up "
        "to three searches of an answer. Slower, and it costs; each answer says how much.",
    )
    if wanted != now:
        _use(key, search_help=wanted)


def _try(key: SecretStr, keep: bool) -> None:
    try:
        with st.spinner("Asking Anthropic which models this key may use …"):
            st.session_state["models"] = available(services().settings, key)
        if keep:
            keep_key(key)
    except TutorError as error:
        st.error(as_markdown(str(error)), icon=":material/error:")
        return
    _use(key, model=chosen(services().settings, key))


def _use(key: SecretStr | None, **changes: object) -> None:
    service = services()
    service.choose_tutor(service.learner.answering.settings.model_copy(update=changes), key)
    st.rerun()


def _examine() -> None:
    """What is wrong first, with how to mend it; what is well behind one line."""
    with st.spinner("Looking …"):
        checks = examine(services().settings)
    amiss = [check for state in ("wrong", "note") for check in checks if check.state == state]
    well = [check for check in checks if check.state == "ok"]
    if not any(check.state == "wrong" for check in checks):
        st.success("Nothing is wrong on this machine.", icon=":material/check_circle:")
    for check in amiss:
        with st.container(border=True):
            st.markdown(f"{SIGNS[check.state]} **{as_markdown(check.what)}**: {as_markdown(check.said)}")
            if check.mend:
                st.markdown(as_markdown(check.mend))
    with st.expander(f"{len(well)} things are as they should be", icon=":material/check:"):
        st.markdown(
            "\n".join(f"- **{as_markdown(check.what)}**: {as_markdown(check.said)}" for check in well)
        )
