"""A clock that runs on the page itself: no rerun of the script, and nothing that waits on the server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

FACE = '<div class="clock" role="timer" aria-label="Time left"></div>'
SCRIPT = """
export default function (component) {
  const { data, parentElement } = component;
  const face = parentElement.querySelector('.clock');
  const end = Date.now() + data.left * 1000;
  const show = () => {
    const left = Math.round((end - Date.now()) / 1000), size = Math.abs(left);
    const said = Math.floor(size / 60) + ':' + String(size % 60).padStart(2, '0');
    face.textContent = left >= 0 ? said + ' left' : said + ' over';
    face.classList.toggle('over', left < 0);
  };
  show();
  const beat = setInterval(show, 1000);
  return () => clearInterval(beat);
}
"""


@st.cache_resource(show_spinner=False)
def _component() -> st.components.v2.types.ComponentRenderer:
    return st.components.v2.component("clock", html=FACE, js=SCRIPT, isolate_styles=False)


def clock(began: datetime, limit: timedelta, key: str) -> None:
    """Show what is left of `limit` since `began`, and how far it is over."""
    left = (began + limit - datetime.now(UTC)).total_seconds()
    _component()(key=key, data={"left": round(left, 1)})
