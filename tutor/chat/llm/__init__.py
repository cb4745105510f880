"""Answers with a language model: an agent with tools, streamed, its citations checked, its cost counted.

Begin at `agent.py`; `client.py` is the one door to model providers.
"""
