"""A GPT to read top to bottom and to train on text, character by character."""
