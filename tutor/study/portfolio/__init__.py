"""What the learner can show (`portfolio.py`), and her whole record as one file (`transfer.py`)."""
