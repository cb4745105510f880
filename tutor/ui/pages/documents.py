"""Her own documents: give them, ask about them, train on them."""

from __future__ import annotations

import streamlit as st

from exercises.errors import ExerciseError
from exercises.faults import why
from tutor.corpus import documents
from tutor.corpus.documents import LARGEST, SEARCHED, Document
from tutor.errors import TutorError
from tutor.quoting import as_code, as_markdown
from tutor.ui.moves import ask, open_beside
from tutor.ui.services import services
from tutor.ui.trash import deleted, undo


def show() -> None:
    """The page."""
    st.title("Your documents")
    st.markdown(
        "Ask about your own texts, or train a small model on them. They stay on this machine; only with a model "
        "configured does an answer send it the lines that were found."
    )
    for said in services().undone.documents:
        st.info(as_markdown(said), icon=":material/info:")
    _give()
    undo("documents")
    folder = services().settings.documents
    kept = documents.documents(folder)
    if kept:
        _ask()
    for name in documents.unread(folder):
        _unread(name)
    for one in kept:
        _document(one)
    if kept:
        st.caption(f"They are in {as_code(folder)}.")


def _give() -> None:
    given = st.file_uploader(
        "Add documents",
        type=list(documents.KINDS),
        accept_multiple_files=True,
        key=f"give-{st.session_state.get('documents-given', 0)}",
        max_upload_size=LARGEST,
    )
    for said in st.session_state.pop("documents-said", []):
        st.info(as_markdown(said), icon=":material/info:")
    if not given:
        return
    notes = []
    for one in given:
        try:
            taken = documents.add(services().settings.documents, one.name, one.getvalue())
        except (TutorError, ExerciseError) as error:
            notes.append(str(error))
        except OSError as error:
            notes.append(f"{one.name[:80]} could not be kept. {why(error)}")
        else:
            if taken.note:
                notes.append(f"{taken.name}: {taken.note}.")
    services().knowledge.look()
    st.session_state["documents-said"] = notes
    st.session_state["documents-given"] = st.session_state.get("documents-given", 0) + 1  # an empty uploader
    st.rerun()


def _document(one: Document) -> None:
    with st.container(border=True, gap="small", key=f"document-{one.name}"):
        searched = f"; the first {SEARCHED:,} characters are searched" if one.characters >= SEARCHED else ""
        st.markdown(f"**{as_markdown(one.name)}** :gray[{_size(one.original.stat().st_size)}{searched}]")
        with st.container(horizontal=True, gap="small"):
            if st.button("Train on it", icon=":material/play_arrow:", key=f"train-{one.name}"):
                open_beside("run", "nanogpt", knobs={"text": str(one.original), "steps": 300})
            with st.popover("Remove", icon=":material/delete:", type="tertiary", key=f"remove-{one.name}"):
                st.markdown(
                    "It goes from this machine's copy and from search, and can be put back for two weeks; your own "
                    "file is not touched."
                )
                if st.button("Remove it", key=f"sure-{one.name}"):
                    _remove(one.name)


def _unread(name: str) -> None:
    """A document that is kept and was never read to its end."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"unread-{name}"):
        st.markdown(f"**{as_markdown(name)}** is kept, but was not read to its end.", width="stretch")
        if st.button("Remove it", key=f"drop-{name}", icon=":material/delete:", type="tertiary"):
            _remove(name)
        if st.button("Read it", key=f"read-{name}", icon=":material/refresh:"):
            try:
                documents.read_again(services().settings.documents, name)
            except (ExerciseError, OSError) as error:
                st.error(as_markdown(str(error)), icon=":material/error:")
                return
            services().knowledge.look()
            st.rerun()


def _remove(name: str) -> None:
    try:
        deleted("documents", documents.remove(services().home, name))
    except ExerciseError as error:
        st.error(as_markdown(str(error)), icon=":material/error:")
        return
    services().knowledge.look()
    st.rerun()


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} KB"


def _ask() -> None:
    with st.form("ask-documents", border=False):
        question = st.text_input("Ask them", placeholder="What do my documents say about …")
        if st.form_submit_button("Ask", icon=":material/chat_bubble:", type="primary") and question.strip():
            mine = "document" in question.lower()
            ask(question if mine else f"In my documents: {question}")
