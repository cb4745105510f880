"""Links that open something on this page: the one script of ours.

Streamlit has no link that runs Python. Markdown and charts write `#open-<kind>/<name>` as an address; the
component below catches a click on it (or Enter) and reports what was asked for.
"""

from __future__ import annotations

import re

import streamlit as st

from tutor.quoting import as_part

LESSON_LINK = re.compile(r"\]\((concept|experiment|exercise|week|quiz):([\w-]+)\)")
SCRIPT = """
export default function (component) {
  const { setTriggerValue } = component;
  const caught = (event) => {
    const link = event.target.closest && event.target.closest('a');
    if (!link) return;
    const address = link.getAttribute('href') || link.getAttribute('xlink:href') || '';
    const at = address.indexOf('#open-');
    if (at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    setTriggerValue('opened', decodeURIComponent(address.slice(at + 6)));
  };
  document.addEventListener('click', caught, true);
  return () => document.removeEventListener('click', caught, true);
}
"""


@st.cache_resource(show_spinner=False)
def _component() -> st.components.v2.types.ComponentRenderer:
    return st.components.v2.component("links", js=SCRIPT, isolate_styles=False)


def opened() -> tuple[str, str] | None:
    """What a link on the page asked to open in this run: its kind and name; None when none was followed."""
    with st.container(key="links"):
        said = _component()(key="link-catcher", on_opened_change=_nothing).opened
    kind, _, name = str(said or "").partition("/")
    return (kind, name) if name else None


def _nothing() -> None:
    """A trigger is only reported when something listens."""


def address(kind: str, name: str) -> str:
    """The address that opens a thing: a card, a citation, a week."""
    return f"#open-{'/'.join(as_part(part) for part in (kind, *name.split('/')))}"


def with_links(text: str) -> str:
    """Lesson Markdown whose links (`concept:attention`) open what they name."""
    return LESSON_LINK.sub(lambda found: f"]({address(found[1], found[2])})", text)
