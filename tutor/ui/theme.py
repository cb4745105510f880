"""The look that Streamlit's own theme cannot say, and one palette for all charts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

ASSETS = Path(__file__).parent / "assets"
ICON = ASSETS / "icon.png"  # a Material name would be fetched from the web


@dataclass(frozen=True)
class Palette:
    """The same color for the same thing in every chart."""

    train: str
    validation: str
    other: str
    third: str
    quiet: str


LIGHT = Palette(train="#c4561a", validation="#2b5fc7", other="#0e7c71", third="#7b4fc9", quiet="#8b919b")
DARK = Palette(train="#f0a36b", validation="#8db4ff", other="#5ccabb", third="#c3a5f5", quiet="#808894")


def dark() -> bool:
    """Whether she looks at the dark theme."""
    return st.context.theme.type == "dark"


def palette() -> Palette:
    """The colors for the theme she looks at."""
    return DARK if dark() else LIGHT


def apply() -> None:
    """Put the style on the page; once a run."""
    scheme = "dark" if dark() else "light"
    # drawers are drawn outside the element that carries Streamlit's own color scheme
    st.html(f"<style>:root {{color-scheme: {scheme};}}\n{_style()}</style>")


@cache
def _style() -> str:
    return (ASSETS / "style.css").read_text(encoding="utf-8")
