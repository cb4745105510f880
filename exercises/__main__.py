"""python -m exercises: list, run, stop, pause, resume, runs, verify, trace."""

from __future__ import annotations

import sys

from exercises.cli import main

if __name__ == "__main__":
    sys.exit(main())
