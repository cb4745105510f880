"""The Streamlit entry: `python -m streamlit run app.py`."""

from pathlib import Path

from streamlit import App

from tutor.ui import entry, serving

# by its whole path: installed as a package, the script lies elsewhere than this file
SCRIPT = Path(entry.__file__).with_name("script.py")
app = App(SCRIPT, middleware=serving.middleware(), lifespan=serving.lifespan)
