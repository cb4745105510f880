"""How commands tell how far an index or a pack is."""

import sys

from tutor.corpus.service import Progress


class ProgressLines:
    """Progress on standard error, a line for each tenth, so that a log stays short."""

    def __init__(self) -> None:
        self._tenth = -1

    def __call__(self, progress: Progress) -> None:
        """Say it, unless the same tenth has been said."""
        tenth = int(progress.share * 10)
        if progress.total and tenth != self._tenth:
            self._tenth = tenth
            print(f"{progress.what}: {progress.done} of {progress.total}", file=sys.stderr)
