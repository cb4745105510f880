"""What is known: lessons, sources, search. Takes plain paths; knows nothing of the tutor or of Streamlit."""
