"""Citation marks in a stream: those that resolve are numbered as they come, others never show."""

import re
from collections.abc import Callable

from tutor.chat.types import Citation

_OPEN = re.compile(r"[ \t]*!?\[\d{0,3}$|[ \t]+$|!$")
_MARK = re.compile(r"([ \t]*)\[(\d{1,3})\](?!\()")
_FENCE = re.compile(r"^\s*```")


class MarkFilter:
    """Lets text through, held back only where a mark may be in the making.

    `known` gives the citations made so far; `order` maps their numbers to those shown, 1, 2, 3 as they
    appear. Marks in the text count only when `written`: a model that cites by itself never saw a number.
    Lines inside fences are code: brackets there are left alone.
    """

    def __init__(self, known: Callable[[], dict[int, Citation]], written: bool = True) -> None:
        self._known = known
        self._written = written
        self._held = ""
        self._line = ""
        self._in_code = False
        self.order: dict[int, int] = {}

    def feed(self, text: str) -> str:
        """What may be shown now."""
        text, self._held = self._held + text, ""
        done = ""
        for piece in re.split(r"(?<=\n)", text):
            if piece.endswith("\n"):
                done += self._shown(piece)
            else:
                done += self._start_of_line(piece)
        return done

    def close(self) -> str:
        """The rest, when nothing more will come."""
        rest, self._held = self._held, ""
        return self._shown(rest)

    def cite(self, number: int) -> str:
        """A mark for a citation that came beside the text, not in it."""
        return f" [{self._number(number)}]" if number in self._known() else ""

    def _start_of_line(self, piece: str) -> str:
        """A line that is not over: a fence or a mark may be in the making."""
        if not self._line and piece.strip() in {"", "`", "``"}:
            self._held = piece
            return ""
        opened = None if self._in_code else _OPEN.search(piece)
        if opened:
            piece, self._held = piece[: opened.start()], piece[opened.start() :]
        return self._shown(piece)

    def _shown(self, piece: str) -> str:
        self._line += piece
        fence = _FENCE.match(self._line)
        code = self._in_code or fence is not None
        if self._line.endswith("\n"):
            if fence:
                self._in_code = not self._in_code
            self._line = ""
        # an image would be fetched by showing it, from wherever its address says: it becomes a link
        return piece if code else _MARK.sub(self._replace, piece.replace("![", "["))

    def _replace(self, match: re.Match[str]) -> str:
        number = int(match[2])
        known = self._written and number in self._known()
        return f"{match[1]}[{self._number(number)}]" if known else ""

    def _number(self, number: int) -> int:
        return self.order.setdefault(number, len(self.order) + 1)
