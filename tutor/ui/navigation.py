"""Which pages there are, and the frame around all of them."""

from __future__ import annotations

from functools import partial
from importlib import import_module

import streamlit as st

from tutor.ui import boundary, serving, theme
from tutor.ui.components import drawer, links
from tutor.ui.moves import DRAWER, Beside, close_beside, go
from tutor.ui.services import services

GROUPS = {
    "": ("home", "chat"),
    "Learn": ("lesson", "map", "compare"),
    "Run": ("lab", "repositories", "documents"),
    "Remember": ("quiz", "explain"),
    "Use": ("cost", "portfolio", "settings"),
}
WIDE = {"lesson", "map", "compare", "lab", "cost"}  # the others have the width of a column of text
# which page a link in a text leads to, and the part of its address that takes the name
LINKS = {
    "experiment": ("lab", "experiment"),
    "exercise": ("lab", "exercise"),
    "run": ("lab", "run"),
    "week": ("lesson", "week"),
    "quiz": ("quiz", "week"),
    "sitting": ("quiz", "sitting"),
    "explanation": ("explain", "prompt"),
}


TITLES = {
    "home": ("Home", "home"),
    "chat": ("Ask", "chat_bubble"),
    "lesson": ("Lessons", "menu_book"),
    "map": ("Map", "account_tree"),
    "compare": ("Side by side", "view_column_2"),
    "lab": ("Lab", "science"),
    "repositories": ("Repositories", "folder_code"),
    "documents": ("Your documents", "folder_open"),
    "quiz": ("Quiz and review", "quiz"),
    "explain": ("Explain it back", "record_voice_over"),
    "cost": ("Cost lab", "payments"),
    "portfolio": ("Portfolio", "work"),
    "settings": ("Settings", "settings"),
}


def pages() -> dict[str, st.Page]:
    """Every page by name; the name is its address."""
    return {
        name: st.Page(
            partial(_show, name),
            title=title,
            icon=f":material/{icon}:",
            url_path=name,
            default=name == "home",
        )
        for name, (title, icon) in TITLES.items()
    }


def _show(name: str) -> None:
    """Draw a page; its module is imported when it is first looked at, so that the first paint waits for none."""
    import_module(f"tutor.ui.pages.{name}").show()


def run() -> None:
    """Show the page that was asked for; what goes wrong is said in words."""
    with boundary.shown():
        _frame()
        return
    st.button("Try again", icon=":material/refresh:")  # a click draws the page anew


def _frame() -> None:
    st.set_page_config(page_title="Zero to Hero", page_icon=theme.ICON, layout="wide")
    theme.apply()
    if serving.login_configured() and not st.user.get("is_logged_in"):
        serving.log_in()
        return
    all_pages = pages()
    st.session_state["pages"] = all_pages
    grouped = {group: [all_pages[name] for name in names] for group, names in GROUPS.items()}
    page = st.navigation(grouped, expanded=True)
    name = next(name for name, one in all_pages.items() if one == page)
    if st.session_state.get("page-before", name) != name:
        close_beside()
    st.session_state["page-before"] = name
    with st.container(key=f"page-{'wide' if name in WIDE else 'reading'}"):
        asked = links.opened()
    try:
        services()
        _follow(asked)
        waits = drawer.waits()  # it measures while it is drawn: the page comes first
        if not waits:
            drawer.show()
        page.run()
        if waits:
            drawer.show()
    except boundary.EXPECTED as error:
        boundary.say(str(error))
        if st.button("Try again", icon=":material/refresh:"):
            st.rerun()


def _follow(asked: tuple[str, str] | None) -> None:
    """Open what a link in a text or a figure leads to."""
    if asked is None:
        return
    kind, name = asked
    if kind in LINKS:
        page, key = LINKS[kind]
        go(page, **{key: name})
    st.session_state[DRAWER] = Beside(kind, name)
