"""One worker an answer: it belongs to the conversation, not to the page that asked.

A page that goes away takes nothing with it; another one attaches to the same stream and reads it from its
start.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from exercises.faults import Fault, Work, boundary
from knowledge.errors import KnowledgeError
from tutor.chat.conversations import Conversations, State
from tutor.chat.types import Answer, Delta, Event, Status, Turn, Tutor
from tutor.errors import DatabaseError, QuestionError, TutorError

log = logging.getLogger(__name__)
LONGEST_QUESTION = 20_000  # characters: some twelve pages
KEEP_SECONDS = 0.5  # how often what is written goes to the disk
BROKE_OFF = "The answer broke off because of a fault in the tutor. Ask again."
WORK = Work("The answer broke off.", "Your question and what was written are kept.", "Ask again.")


def check_question(question: str) -> str:
    """The question as it is kept: without invisible control characters and space around it.

    Raises QuestionError when there is nothing in it, or too much.
    """
    kept = "".join(c for c in question if c in "\n\t" or c.isprintable())
    kept = kept.strip()
    if not kept:
        raise QuestionError("There is no question yet. Try: explain attention")
    if len(kept) > LONGEST_QUESTION:
        raise QuestionError(
            f"This has {len(kept):,} characters; a question may have {LONGEST_QUESTION:,}. Send the part "
            "that your question is about. Nothing was stored."
        )
    return kept


class AnswerStream:
    """An answer on its way. Many may follow; each reads all of it from the start."""

    def __init__(self, conversation_id: str, question: str, message_id: str) -> None:
        self.conversation_id = conversation_id
        self.question = question
        self.message_id = message_id
        self.begun = time.monotonic()
        self._pieces: list[str] = []
        self._status = ""
        self._answer: Answer | None = None
        self._error = ""
        self._changed = threading.Condition()
        self.stopping = threading.Event()
        self._ending = threading.Lock()  # taken once, never given back: an answer ends once

    @property
    def text(self) -> str:
        """What has been written so far."""
        with self._changed:
            return "".join(self._pieces)

    @property
    def status(self) -> str:
        """What is being done, in a few words; empty once the text has begun."""
        return self._status

    @property
    def answer(self) -> Answer | None:
        """The whole answer once it is there; a stopped or broken one has `stopped` or a `notice`."""
        return self._answer

    @property
    def done(self) -> bool:
        """Whether it has come to an end, one way or the other."""
        return self._answer is not None

    @property
    def error(self) -> str:
        """What went wrong, ready to be shown; empty when nothing did."""
        return self._error

    def follow(self, patience: float | None = None) -> Iterator[str]:
        """The text in pieces as it arrives, from its start to its end, or for `patience` seconds."""
        until = None if patience is None else time.monotonic() + patience
        seen = 0
        while True:
            with self._changed:
                while seen == len(self._pieces) and not self.done:
                    left = None if until is None else until - time.monotonic()
                    if left is not None and left <= 0:
                        return
                    self._changed.wait(1.0 if left is None else min(left, 1.0))
                piece = "".join(self._pieces[seen:])
                seen = len(self._pieces)
                ended = self.done
            if piece:
                yield piece
            if ended:
                return

    def wait(self, seconds: float | None = None) -> Answer | None:
        """Wait for the end; None when it did not come within `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self.done, seconds)
        return self._answer

    def claim_end(self) -> bool:
        """Whether the caller is the first to end it, and so the one who does."""
        return self._ending.acquire(blocking=False)

    def report(self, status: str) -> None:
        """Say what is being done."""
        with self._changed:
            self._status = status
            self._changed.notify_all()

    def write(self, piece: str) -> None:
        """Add to the text."""
        with self._changed:
            self._pieces.append(piece)
            self._status = ""
            self._changed.notify_all()

    def close(self, answer: Answer, error: str) -> None:
        """The whole answer; nothing is added after it."""
        with self._changed:
            self._error = error
            self._answer = answer
            self._status = ""
            self._changed.notify_all()


class ChatService:
    """Questions in, streams out. One service a process; it may be shared by all threads."""

    def __init__(self, conversations: Conversations, tutor: Tutor, home: Path | None = None) -> None:
        self._conversations = conversations
        self._home = home  # where the log of faults lies
        self.tutor = tutor  # may be exchanged: the next question goes to the new one
        self._streams: dict[str, AnswerStream] = {}
        self._lock = threading.Lock()
        conversations.recover()

    def ask(self, conversation_id: str | None, question: str) -> AnswerStream:
        """Store the question, then answer it in a thread of its own; None begins a conversation with it.

        Raises QuestionError, BusyError, NotFoundError or DatabaseError; nothing is stored then.
        """
        question = check_question(question)
        history = self._conversations.history(conversation_id) if conversation_id else ()
        with self._lock:
            if conversation_id is None:
                conversation_id, message_id = self._conversations.begin_new(question)
            else:
                message_id = self._conversations.begin(conversation_id, question)
            stream = AnswerStream(conversation_id, question, message_id)
            self._streams[conversation_id] = stream
        worker = _Worker(self._conversations, stream, self._home)
        name = f"answer-{message_id[:8]}"
        threading.Thread(target=worker.run, args=(self.tutor, history), name=name, daemon=True).start()
        return stream

    def attach(self, conversation_id: str) -> AnswerStream | None:
        """The stream that is being written for this conversation; None when there is none."""
        with self._lock:
            stream = self._streams.get(conversation_id)
            if stream is not None and stream.done and not stream.error:
                del self._streams[conversation_id]
                return None
            return stream

    def stop(self, conversation_id: str) -> None:
        """Stop writing; what there is stays, marked. Returns when that is stored."""
        stream = self.attach(conversation_id)
        if stream is None or stream.done:
            return
        stream.stopping.set()
        if stream.wait(1.0) is None:  # the tutor is waiting for something: its worker ends when that comes
            _Worker(self._conversations, stream).end(Answer(stream.text, stopped=True), "stopped")


class _Worker:
    """Takes an answer from the tutor to the stream and to the disk."""

    def __init__(self, conversations: Conversations, stream: AnswerStream, home: Path | None = None) -> None:
        self._conversations = conversations
        self._home = home
        self._stream = stream
        self._kept_at = time.monotonic()

    def run(self, tutor: Tutor, history: Sequence[Turn]) -> None:
        """Write the whole answer; whatever happens, the stream ends."""
        try:
            with boundary(replace(WORK, home=self._home), self._broke):
                self._take(tutor.answer(self._stream.question, history))
        finally:
            if not self._stream.done:  # what ends a whole program; nobody shall wait for an answer
                self._failed(BROKE_OFF)

    def _broke(self, fault: Fault) -> None:
        log.error("%s", fault.sentence)
        self._failed(fault.sentence)

    def _failed(self, why: str) -> None:
        self.end(Answer(self._stream.text, notice=why), "failed", why)

    def _take(self, events: Iterator[Event]) -> None:
        try:
            self._write_down(events)
        except (TutorError, KnowledgeError) as error:
            self._failed(str(error))

    def _write_down(self, events: Iterator[Event]) -> None:
        for event in events:
            if self._stream.stopping.is_set():
                self.end(Answer(self._stream.text, stopped=True), "stopped")
                return
            if isinstance(event, Status):
                self._stream.report(event.text)
            elif isinstance(event, Delta):
                self._stream.write(event.text)
                self._keep()
            else:
                self.end(event.answer, "stopped" if event.answer.stopped else "complete")
                return

    def _keep(self) -> None:
        """What is written so far, to the disk; a disk that does not take it now is tried again later."""
        if time.monotonic() - self._kept_at < KEEP_SECONDS:
            return
        try:
            self._conversations.keep(self._stream.message_id, self._stream.text)
        except DatabaseError as error:
            log.warning("an answer's beginning could not be stored yet: %s", error)
        self._kept_at = time.monotonic()

    def end(self, answer: Answer, state: State, error: str = "") -> None:
        """Store it, then let it be seen. What cannot be stored is shown with the reason."""
        if not self._stream.claim_end():
            return
        try:
            self._conversations.finish(self._stream.message_id, answer, state)
        except TutorError as unstored:
            log.error("an answer could not be stored: %s", unstored)
            error = f"{unstored} This answer is only on the page: copy what you need of it."
        finally:
            self._stream.close(answer, error)
