"""A model's answer as it comes in: its text, the marks in it or beside it, what it used, how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tutor.chat.citations import Citations
from tutor.chat.llm.citation_marks import MarkFilter
from tutor.chat.llm.fencing import visible
from tutor.chat.llm.usage import Usage
from tutor.chat.types import Citation, Delta, Event, Status

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk

DOING = {
    "search_knowledge": "Searching the lessons and the code",
    "read_lines": "Reading the code",
    "compare_code": "Putting the codes side by side",
    "list_my_runs": "Looking at your runs",
    "read_run": "Reading the run",
    "my_progress": "Looking at your record",
}


@dataclass
class Reading:
    """What came so far of one answer.

    A model that cites by itself gives its citations beside the text, by passage id; one that does not writes
    the numbers that its passages came with. Numbers written by the first kind come from nowhere: they go.
    """

    sources: Citations
    by_itself: bool
    text: str = ""
    usage: Usage = field(default_factory=Usage)
    stop: str = ""
    uncounted: bool = False  # whether a call has begun whose usage did not come: it comes with its end

    def __post_init__(self) -> None:
        self.marks = MarkFilter(self._known, written=not self.by_itself)
        self._message = ""
        self._block: object = None
        self._counted = 0  # letters of the text whose tokens were counted
        self._beside: dict[int, None] = {}  # citations of the current block, in the order in which they came

    def _known(self) -> dict[int, Citation]:
        return {each.number: each for each in self.sources.made}

    def feed(self, chunk: AIMessageChunk) -> Iterator[Event]:
        """What is to be shown of the next chunk."""
        if chunk.id and chunk.id != self._message:
            self._message = chunk.id
            self.uncounted = True
            if self.text and not self.text.endswith("\n"):
                yield from self._told(self._end_block() + self.marks.close() + "\n\n")
        for call in chunk.tool_call_chunks:
            if name := call.get("name"):
                yield Status(DOING.get(name, "Working it out"))
        yield from self._told(self._shown(chunk.content))
        if chunk.usage_metadata:
            self.usage = self.usage.plus(chunk.usage_metadata)
            self.uncounted = False
            self._counted = len(self.text)
        said = chunk.response_metadata
        self.stop = said.get("stop_reason") or said.get("finish_reason") or self.stop

    def uncounted_letters(self) -> int:
        """How long the text is that came since a call's usage was last told."""
        return len(self.text) - self._counted

    def close(self) -> Iterator[Event]:
        """What was held back, when nothing more will come."""
        yield from self._told(self._end_block() + self.marks.close())

    def citations(self) -> list[Citation]:
        """What the text cites, with the numbers that its marks show."""
        from dataclasses import replace

        numbers = self.marks.order
        return [
            replace(each, number=numbers[each.number]) for each in self.sources.made if each.number in numbers
        ]

    def _told(self, text: str) -> Iterator[Event]:
        if text:
            self.text += text
            yield Delta(text)

    def _shown(self, content: str | Sequence[str | Mapping[str, Any]]) -> str:
        """What of a chunk is text, with the marks of citations that came beside it."""
        if isinstance(content, str):
            return self.marks.feed(content)
        shown = ""
        for part in content:
            if isinstance(part, str):
                shown += self.marks.feed(part)
            elif part.get("type") == "text":
                if part.get("index") != self._block:
                    shown += self._end_block()
                    self._block = part.get("index")
                shown += self.marks.feed(part.get("text") or "")
                for cited in part.get("citations") or ():
                    self._cited(cited)
        return shown

    def _cited(self, citation: Mapping[str, Any]) -> None:
        source = str(citation.get("source", ""))
        number = next((each.number for each in self.sources.made if visible(each.passage_id) == source), None)
        if number is not None:
            self._beside[number] = None

    def _end_block(self) -> str:
        """The marks of a block whose citations came beside its text."""
        if not self._beside:
            return ""
        rest = self.marks.close()
        marks = "".join(self.marks.cite(number) for number in self._beside)
        self._beside.clear()
        return rest + marks
