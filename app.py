"""The Streamlit entry: `python -m streamlit run app.py`."""

from tutor.ui.navigation import run

run()
