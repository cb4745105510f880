"""What this learner's tutor knows: our lessons, her clones, documents and transcripts, kept indexed.

Begin at `service.py`.
"""
