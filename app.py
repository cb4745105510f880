"""The Streamlit entry: `python -m streamlit run app.py`."""

from streamlit import App

from tutor.ui import serving

app = App("tutor/ui/entry/script.py", middleware=serving.middleware(), lifespan=serving.lifespan)
