"""What Streamlit runs at each look at a page; `app.py` serves it."""

from tutor.ui.navigation import run

run()
