"""The portfolio: what she did, written down; and her record to take along or erase."""

from __future__ import annotations

import re
import tempfile
from datetime import date
from pathlib import Path

import streamlit as st

from tutor.quoting import as_code, as_markdown, without_pictures
from tutor.study.portfolio.portfolio import FOLDER, PortfolioError, write_portfolio
from tutor.study.portfolio.transfer import TransferError, erase, export_record, import_record
from tutor.study.progress.measures import Sources, measures
from tutor.ui.services import services

PICTURE = re.compile(r"!\[[^\]]*\]\((images/[^)]+)\)")
HEADING = re.compile(r"^(#{1,4} )", re.M)


def show() -> None:
    """The page."""
    st.title("Portfolio")
    st.markdown("Written from your runs, predictions, quizzes and explanations, and from nothing else.")
    folder = st.text_input(
        "Folder", str(services().home / FOLDER), help="For instance inside your portfolio repository"
    )
    if st.button("Write it", type="primary", icon=":material/edit_document:"):
        _write(Path(folder).expanduser())
    readme = Path(folder).expanduser() / "README.md"
    if readme.is_file():
        with st.expander("README.md"):
            _preview(readme)
    _measures()
    _record()


def _preview(readme: Path) -> None:
    """The README as it will be read, its pictures where they stand; headings a size smaller, below this page's."""
    for part in PICTURE.split(readme.read_text(encoding="utf-8")):
        picture = readme.parent / part
        if part.startswith("images/") and picture.is_file():
            st.image(str(picture))
        elif part.strip():
            st.markdown(without_pictures(HEADING.sub(r"##\1", part)))


def _sources() -> Sources:
    service = services()
    known = service.mastery()
    titles = {one.id: one.title for one in service.catalog.exercises.values()}
    titles |= {one.id: one.title for one in service.curriculum.concepts.values()}
    return Sources(service.learner.record, service.learner.explanations, service.runs(), known, titles)


def _write(folder: Path) -> None:
    try:
        done = write_portfolio(_sources(), folder, date.today())
    except PortfolioError as error:
        st.error(as_markdown(str(error)), icon=":material/error:")
        return
    st.success(f"Written to {as_code(done.folder)}: {', '.join(done.written)}", icon=":material/check:")
    if done.kept:
        edited = as_markdown(", ".join(done.kept))
        st.info(f"You have edited {edited}, so it stays; the new text is beside it as .new.")


def _measures() -> None:
    """Her measures of success, each with what speaks for it so far."""
    all_nine = measures(_sources())
    st.header("Nine measures", anchor=False)
    st.markdown(f"{sum(one.shown for one in all_nine)} of nine have something that speaks for them.")
    for one in all_nine:
        mark = ":green[:material/check_circle:]" if one.shown else ":gray[:material/radio_button_unchecked:]"
        if one.shown:
            lines = [f"- {as_markdown(line)}" for line in one.evidence]
            st.markdown("\n".join([f"{mark} **{one.name}**", "", *lines]))
        else:
            st.markdown(f"{mark} **{one.name}** :gray[· {one.missing} would be the first]")


def _record() -> None:
    service = services()
    st.header("Your record", anchor=False)
    left, right = st.columns(2)
    with left:
        if st.button("Prepare an export", icon=":material/archive:"):
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "tutor-record.zip"
                export_record(service.database, service.settings.learner, file, service.home)
                st.session_state["export"] = file.read_bytes()
        if data := st.session_state.get("export"):
            st.download_button(
                "Save it", data, "tutor-record.zip", "application/zip", icon=":material/download:"
            )
    with right:
        given = st.file_uploader("Import an export", type="zip", max_upload_size=200)
        if given is not None and st.button("Add it to my record", icon=":material/upload:"):
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "record.zip"
                file.write_bytes(given.getvalue())
                try:
                    done = import_record(service.database, service.settings.learner, file, service.home)
                    st.success(f"{done.added} rows added.")
                    if done.left_out:
                        shown = [as_markdown(one) for one in done.left_out[:20]]
                        more = len(done.left_out) - len(shown)
                        shown += [f"And {more} more."] if more else []
                        st.warning("Everything else was kept.\n\n" + "\n".join(f"- {one}" for one in shown))
                except TransferError as error:
                    st.error(as_markdown(str(error)), icon=":material/error:")
    with st.expander("Erase everything"):
        st.markdown(
            "Conversations, answers, predictions, notes and explanations. Runs and documents stay; it cannot be undone."
        )
        typed = st.text_input("Type ERASE to be sure")
        if st.button("Erase my record", disabled=typed != "ERASE", icon=":material/delete_forever:"):
            erase(service.database, service.settings.learner)
            st.cache_resource.clear()
            st.rerun()
