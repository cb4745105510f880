"""Which pages there are, and the frame around all of them."""

from __future__ import annotations

import streamlit as st

from exercises.errors import ExerciseError
from knowledge.errors import KnowledgeError
from tutor.errors import TutorError
from tutor.ui import drawer, links, theme
from tutor.ui.moves import DRAWER, Beside, close_beside, go
from tutor.ui.pages import (
    chat,
    cost,
    explain,
    home,
    lab,
    lesson,
    map,
    portfolio,
    quiz,
    repositories,
    settings,
)
from tutor.ui.services import services

GROUPS = {
    "": ("home", "chat"),
    "Learn": ("lesson", "map"),
    "Run": ("lab", "repositories"),
    "Remember": ("quiz", "explain"),
    "Use": ("cost", "portfolio", "settings"),
}
WIDE = {"lesson", "map", "lab", "cost"}  # the others have the width of a column of text
PAGE_OF_LINK = {"experiment": "lab", "exercise": "lab", "week": "lesson", "quiz": "quiz"}
KEY_OF_LINK = {"experiment": "experiment", "exercise": "exercise", "week": "week", "quiz": "week"}


def pages() -> dict[str, st.Page]:
    """Every page by name; the name is its address."""
    return {
        "home": st.Page(home.show, title="Home", icon=":material/home:", url_path="home", default=True),
        "chat": st.Page(chat.show, title="Ask", icon=":material/chat_bubble:", url_path="chat"),
        "lesson": st.Page(lesson.show, title="Lessons", icon=":material/menu_book:", url_path="lesson"),
        "map": st.Page(map.show, title="Map", icon=":material/account_tree:", url_path="map"),
        "lab": st.Page(lab.show, title="Lab", icon=":material/science:", url_path="lab"),
        "repositories": st.Page(
            repositories.show, title="Repositories", icon=":material/folder_code:", url_path="repositories"
        ),
        "quiz": st.Page(quiz.show, title="Quiz and review", icon=":material/quiz:", url_path="quiz"),
        "explain": st.Page(
            explain.show, title="Explain it back", icon=":material/record_voice_over:", url_path="explain"
        ),
        "cost": st.Page(cost.show, title="Cost lab", icon=":material/payments:", url_path="cost"),
        "portfolio": st.Page(portfolio.show, title="Portfolio", icon=":material/work:", url_path="portfolio"),
        "settings": st.Page(settings.show, title="Settings", icon=":material/settings:", url_path="settings"),
    }


def run() -> None:
    """Show the page that was asked for; what goes wrong is said in words."""
    st.set_page_config(page_title="Zero to Hero", page_icon=theme.ICON, layout="wide")
    theme.apply()
    all_pages = pages()
    st.session_state["pages"] = all_pages
    page = st.navigation({group: [all_pages[name] for name in names] for group, names in GROUPS.items()})
    name = next(name for name, one in all_pages.items() if one == page)
    if st.session_state.get("page-before", name) != name:
        close_beside()
    st.session_state["page-before"] = name
    with st.container(key=f"page-{'wide' if name in WIDE else 'reading'}"):
        asked = links.opened()
    try:
        services()
        _follow(asked)
        drawer.show()
        page.run()
    except (TutorError, KnowledgeError, ExerciseError) as error:
        st.error(str(error), icon=":material/error:")
        if st.button("Try again", icon=":material/refresh:"):
            st.rerun()


def _follow(asked: tuple[str, str] | None) -> None:
    """Open what a link in a text or a figure leads to."""
    if asked is None:
        return
    kind, name = asked
    if kind in PAGE_OF_LINK:
        go(PAGE_OF_LINK[kind], **{KEY_OF_LINK[kind]: name})
    st.session_state[DRAWER] = Beside(kind, name)
