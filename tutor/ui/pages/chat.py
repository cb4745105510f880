"""Ask: conversations, streamed answers, their sources, and what to do with them."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tutor.chat.conversations import Message
from tutor.chat.service import AnswerStream
from tutor.chat.types import Answer
from tutor.errors import BusyError, DatabaseError, NotFoundError, QuestionError
from tutor.quoting import as_markdown
from tutor.ui.boundary import guarded
from tutor.ui.components import chat_footer, conversation_list, sources
from tutor.ui.components.cards import compare_button
from tutor.ui.components.index_progress import index_progress
from tutor.ui.moves import open_beside
from tutor.ui.services import services

FIRST_QUESTIONS = (
    "Explain attention",
    "Why do token limits exist?",
    "What does training cost?",
    "Compare batch normalization and layer normalization",
    "Where is the causal mask in the code?",
    "Quiz me",
)
LONG_WAIT = 3.0  # seconds from which a wait is counted before her eyes
STATES = {
    "stopped": "You stopped this answer here.",
    "interrupted": "The tutor was closed while it wrote this. Ask again to get the whole answer.",
    "failed": "This answer broke off.",
}


def show() -> None:
    """The page."""
    conversation = _current()
    conversation_list.show(conversation, _open)
    index_progress()
    messages = services().learner.conversations.messages(conversation) if conversation else []
    stream = services().learner.chat.attach(conversation) if conversation else None
    question = st.chat_input("Ask about a concept, a line of code, a run …", key="chat-input")
    question = question or st.session_state.pop("question", None) or st.session_state.pop("follow-up", None)
    if not messages and not question:
        _empty()
    for message in messages:
        if message.state != "writing":
            _message(message, last=message is messages[-1])
    if stream is not None and not stream.done:
        _follow(stream, already_asked=True)
    elif question:
        _ask(conversation, question)
    elif "unsent" in st.session_state:
        _unsent(*st.session_state["unsent"])
    elif messages and messages[-1].state == "writing":
        _elsewhere()
    else:
        chat_footer.show(messages)


def _current() -> str | None:
    """The conversation in the address, so that a reload comes back to it; else the one of this tab."""
    asked = st.query_params.get("c") or st.session_state.get("conversation")
    if asked is None or "question" in st.session_state:
        return None
    try:
        services().learner.conversations.get(asked)
    except NotFoundError:
        st.query_params.clear()
        st.session_state.pop("conversation", None)
        return None
    _open(asked)
    return asked


def _open(conversation: str | None) -> None:
    st.session_state["conversation"] = conversation
    if conversation:
        services().learner.conversations.looked_at(conversation)
        st.query_params["c"] = conversation
    else:
        st.query_params.clear()


def _ask(conversation: str | None, question: str) -> None:
    service = services()
    try:
        stream = service.learner.chat.ask(conversation, question)
    except (QuestionError, BusyError, DatabaseError) as error:
        st.session_state["unsent"] = (question, str(error))
        _unsent(question, str(error))
        return
    st.session_state.pop("unsent", None)
    _open(stream.conversation_id)
    _follow(stream)


def _unsent(question: str, reason: str) -> None:
    """A question that could not be taken stays where she can mend it or send it again."""
    st.warning(as_markdown(reason), icon=":material/info:")
    if not question.strip():
        return
    words = st.text_area("Your question, not sent", question, key="unsent-words")
    with st.container(horizontal=True, gap="small"):
        if st.button("Send again", icon=":material/send:", type="primary"):
            st.session_state["follow-up"] = words
            st.rerun()
        if st.button("Leave it"):
            del st.session_state["unsent"]
            st.rerun()


def _follow(stream: AnswerStream, already_asked: bool = False) -> None:
    """Write along with the worker until it ends, then draw the page anew with what is stored."""
    if not already_asked:
        _asked(stream.question, "now")
    with st.chat_message("assistant", avatar=":material/school:"):
        text = st.container()
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            on_click=guarded(services().learner.chat.stop),
            args=(stream.conversation_id,),
            key=f"stop-{stream.message_id}",
        )
        _wait(stream, text)
        text.write_stream(stream.follow())
    if stream.error:
        st.error(as_markdown(stream.error), icon=":material/error:")
        return
    st.rerun()


def _wait(stream: AnswerStream, place: DeltaGenerator) -> None:
    """What is being done until the first word comes, and for how long already."""
    line = place.empty()
    while not stream.text and not stream.done:
        waited = time.monotonic() - stream.begun
        seconds = f" · {waited:.0f} s" if waited >= LONG_WAIT else ""
        line.caption(f"{stream.status or 'Looking it up'}{seconds}")
        next(stream.follow(1.0), None)
    line.empty()


def _message(message: Message, last: bool) -> None:
    if message.role == "learner":
        _asked(message.text, message.id)
        return
    with st.chat_message("assistant", avatar=":material/school:"):
        answer = message.answer
        if answer and answer.notice:
            st.caption(f":material/info: {answer.notice}")
        st.markdown(sources.with_marks(message.text, message.id, answer.citations if answer else ()))
        if message.state in STATES:
            st.caption(f":material/info: {STATES[message.state]}")
        if answer:
            if answer.model:
                st.caption(_told(answer))
            sources.chips(answer.citations, message.id)
            _next(answer, message.id, last)


def _told(answer: Answer) -> str:
    """Which model wrote it, and what that took."""
    used = answer.usage
    parts = [answer.model.partition(":")[2] or answer.model]
    if tokens := used.get("input", 0) + used.get("output", 0):
        parts.append(f"{tokens:,.0f} tokens")
    if helped := used.get("help_input", 0) + used.get("help_output", 0):
        parts.append(f"of these {helped:,.0f} to help the search")
    if "dollars" in used:
        of_these = (
            f", {100 * used['help_dollars']:.2g} of them for the search" if "help_dollars" in used else ""
        )
        parts.append(f"{100 * used['dollars']:.2g} cents{of_these}")
    elif tokens:
        parts.append("price unknown")
    if used.get("saved", 0) > 0:  # the first question pays for writing the cache: nothing is saved yet
        parts.append(f"{100 * used['saved']:.2g} cents saved by caching")
    if share := used.get("context_share"):
        parts.append(f"{share:.1%} of the context")
    if share := used.get("conversation_share"):
        parts.append(f"conversation {share:.0%} full")
    return " · ".join(parts)


def _asked(text: str, key: str) -> None:
    with st.container(key=f"asked-{key}"):
        st.markdown(as_markdown(text))


def _next(answer: Answer, key: str, last: bool) -> None:
    """What can be done with an answer: run it, open its card, ask on."""
    with st.container(horizontal=True, gap="small"):
        if answer.run:
            run = answer.run
            if st.button(
                "Run it",
                key=f"run-{key}",
                icon=":material/play_arrow:",
                type="primary" if last else "secondary",
            ):
                open_beside("run", run.exercise, knobs=dict(run.knobs), experiment=run.experiment)
        if answer.concept and not answer.abstained:
            card = services().curriculum.concepts.get(answer.concept)
            label = f"Card: {card.title}" if card else "Card"
            if card and st.button(label, key=f"card-{key}", icon=":material/menu_book:"):
                open_beside("concept", card.id)
            compare_button(answer.concept, key)
    if last and answer.suggestions:
        st.pills(
            "Ask next",
            answer.suggestions,
            key=f"next-{key}",
            on_change=guarded(_suggested),
            args=(f"next-{key}",),
        )


def _suggested(key: str) -> None:
    if chosen := st.session_state.get(key):
        st.session_state["follow-up"] = chosen
        st.session_state[key] = None


def _elsewhere() -> None:
    """Another process is writing this answer: look again soon."""

    @st.fragment(run_every=1.0)
    @guarded
    def wait() -> None:
        conversation = st.session_state.get("conversation")
        messages: Sequence[Message] = (
            services().learner.conversations.messages(conversation) if conversation else []
        )
        if not messages or messages[-1].state != "writing":
            st.rerun()
        with st.chat_message("assistant", avatar=":material/school:"):
            st.markdown(messages[-1].text or "…")
            st.caption("Being written in another window")

    wait()


def _cut_off() -> None:
    """Questions whose answer was cut off when the tutor ended: a reload may not have led back to them."""
    for one in services().learner.conversations.cut_off():
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(
                f":material/info: The tutor was closed while it answered “{as_markdown(one.title)}”.",
                width="stretch",
            )
            if st.button("Open it", key=f"cut-off-{one.id}", type="tertiary"):
                _open(one.id)
                st.rerun()


def _empty() -> None:
    st.title("What would you like to understand?")
    _cut_off()
    st.markdown(
        "Answers come from the lessons and from the code in this project, with the exact lines they stand on. "
        "Where the lessons do not cover something, I say so."
    )
    chosen = st.pills("To begin with", FIRST_QUESTIONS, key="first-question")
    if chosen:
        del st.session_state["first-question"]
        st.session_state["question"] = chosen
        st.rerun()
