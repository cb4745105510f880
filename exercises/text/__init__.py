"""Text to train on: named texts, and readers of the learner's own files."""
