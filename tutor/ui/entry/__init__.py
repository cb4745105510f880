"""The script that Streamlit runs, in a folder of its own.

Beside `pages/` Streamlit would take the files there for pages of its old kind, and show a blank one to whoever
opens an address first.
"""
