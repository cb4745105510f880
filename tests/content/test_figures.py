"""Figures of our own measurements that lessons quote stand in bench/RECORD.md."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
RECORD = ROOT / "bench" / "RECORD.md"
QUOTING = ("concepts/vector-search.md", "concepts/chunking.md", "week-6.md")


def test_what_lessons_say_of_our_search_was_measured() -> None:
    row = re.search(
        r"^\| unseen \| (\d+) \| [^|]+\| (\.\d+) \((\.\d+)\) \|",
        RECORD.read_text(encoding="utf-8"),
        re.M,
    )
    assert row, "the record has no row of unseen questions with recall@5"
    asked, found, without_notes = row.groups()
    for name in QUOTING:
        text = (ROOT / "knowledge" / "lessons" / name).read_text(encoding="utf-8")
        for figure in (f"{asked} questions", f"{float(found):.0%}", f"{float(without_notes):.0%}"):
            assert figure in text, f"{name} does not say {figure}, as the record does"
