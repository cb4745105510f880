"""What Streamlit runs: `script.py`, alone in its folder; a folder `pages` beside it would become pages of its own."""
