"""What Streamlit runs at each look at a page; `app.py` serves it."""

from tutor.ui.boundary import shown

with shown():
    from tutor.ui.navigation import run

    run()
