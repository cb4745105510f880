"""The Streamlit entry: `python -m streamlit run app.py`."""

from pathlib import Path

from streamlit import App

from tutor.ui import serving

# by its whole path: installed as a package, the script lies elsewhere than this file
app = App(
    Path(serving.__file__).with_name("script.py"), middleware=serving.middleware(), lifespan=serving.lifespan
)
