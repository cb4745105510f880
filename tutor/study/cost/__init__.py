"""What an AI feature costs (`model.py`), and what the learner worked out about it (`notes.py`)."""
