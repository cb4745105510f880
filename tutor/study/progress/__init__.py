"""Where the learner stands: her record, mastery, the checklist, and what comes next.

Begin at `record.py`; `policy.py` chooses the next step.
"""
