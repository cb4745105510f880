"""Answering: from words to a grounded answer, stored as it is written."""
