"""The look that Streamlit's own theme cannot say: reading width, quiet lists, one palette for all charts."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

STYLE = """
<style>
[data-testid="stMainBlockContainer"] {max-width: 62rem; padding-bottom: 6rem;}
[data-testid="stMarkdownContainer"] p, [data-testid="stMarkdownContainer"] li {
  max-width: 72ch; line-height: 1.62;}
[data-testid="stMarkdownContainer"] table {font-variant-numeric: tabular-nums;}
[data-testid="stMetricValue"] {font-variant-numeric: tabular-nums;}
[data-testid="stChatMessage"] {background: transparent; padding-left: 0;}
.katex-display {overflow-x: auto; overflow-y: hidden; padding: .2rem 0;}
.source {overflow-x: auto; border: 1px solid color-mix(in srgb, currentColor 16%, transparent);
  border-radius: .5rem; font-size: .82rem; line-height: 1.5;}
.source pre {margin: 0; background: transparent !important;}
.source table {border-spacing: 0; border: 0; width: 100%;}
.source td {border: 0; padding: 0; vertical-align: top;}
.source td.code {width: 100%;}
.source .linenos pre {padding: .6rem .8rem; opacity: .62; user-select: none; text-align: right;}
.source .code pre {padding: .6rem .4rem;}
.source .hll {display: block; background: color-mix(in srgb, #d9a514 20%, transparent);}
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] {padding-left: 1rem; padding-right: 1rem;}
  .source {font-size: .74rem;}
}
</style>
"""


@dataclass(frozen=True)
class Palette:
    """The same color for the same thing in every chart."""

    train: str
    validation: str
    other: str
    quiet: str
    pygments: str


LIGHT = Palette("#8a7a5c", "#2b5fc7", "#c4561a", "#5f6672", "friendly")
DARK = Palette("#b9a989", "#8db4ff", "#f0a36b", "#a4abb6", "github-dark")


def dark() -> bool:
    """Whether she looks at the dark theme."""
    return st.context.theme.type == "dark"


def palette() -> Palette:
    """The colors for the theme she looks at."""
    return DARK if dark() else LIGHT


def apply() -> None:
    """Put the style on the page; once a run."""
    st.html(STYLE)
