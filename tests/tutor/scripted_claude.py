"""A server that speaks the Messages API for real, from a script: what it streams, when it fails, where it breaks off."""

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """One answer to one request. `cut` ends the stream after that many events; `garbage` spoils the next.

    `hush`: seconds of silence there. `torn`: there, half of the next event is sent and the connection is reset, with `cut` -1 before any byte.
    """

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    error: str = ""
    cut: int | None = None
    garbage: bool = False
    torn: bool = False
    hush: float = 0.0
    mute: float = 0.0  # seconds before a byte of the response
    pause: float = 0.0  # seconds before each event
    delay: float = 0.0  # seconds before the first


def start(tokens: int = 100, cached: int = 0) -> tuple[str, dict[str, Any]]:
    usage = {
        "input_tokens": tokens, "output_tokens": 1,
        "cache_read_input_tokens": cached, "cache_creation_input_tokens": 0,
    }  # fmt: skip
    message = {
        "id": f"msg_{time.monotonic_ns()}", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5",
        "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage,
    }  # fmt: skip
    return "message_start", {"type": "message_start", "message": message}


def text(
    *pieces: str, index: int = 0, citations: list[dict[str, Any]] | None = None
) -> list[tuple[str, dict[str, Any]]]:
    block = {"type": "text", "text": ""}
    events = [
        ("content_block_start", {"type": "content_block_start", "index": index, "content_block": block})
    ]
    deltas: list[dict[str, Any]] = [{"type": "text_delta", "text": piece} for piece in pieces]
    deltas += [{"type": "citations_delta", "citation": each} for each in citations or ()]
    events += [
        ("content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta})
        for delta in deltas
    ]
    return [*events, ("content_block_stop", {"type": "content_block_stop", "index": index})]


def call(name: str, given: dict[str, Any], index: int = 0) -> list[tuple[str, dict[str, Any]]]:
    block = {"type": "tool_use", "id": f"toolu_{name}_{index}", "name": name, "input": {}}
    raw = json.dumps(given)
    deltas = [
        {"type": "input_json_delta", "partial_json": part}
        for part in (raw[: len(raw) // 2], raw[len(raw) // 2 :])
    ]
    return [
        ("content_block_start", {"type": "content_block_start", "index": index, "content_block": block}),
        *[
            ("content_block_delta", {"type": "content_block_delta", "index": index, "delta": d})
            for d in deltas
        ],
        ("content_block_stop", {"type": "content_block_stop", "index": index}),
    ]


def stop(reason: str = "end_turn", tokens: int = 50, cached: int = 0) -> list[tuple[str, dict[str, Any]]]:
    usage = {"input_tokens": 100, "output_tokens": tokens, "cache_read_input_tokens": cached}
    delta = {"stop_reason": reason, "stop_sequence": None}
    return [
        ("message_delta", {"type": "message_delta", "delta": delta, "usage": usage}),
        ("message_stop", {"type": "message_stop"}),
    ]


def says(*pieces: str, reason: str = "end_turn", cached: int = 0) -> Reply:
    return Reply([start(cached=cached), *text(*pieces), *stop(reason, cached=cached)])


def calls(*asked: tuple[str, dict[str, Any]], before: str = "") -> Reply:
    said = text(before) if before else []
    blocks = [event for n, (name, given) in enumerate(asked, bool(before)) for event in call(name, given, n)]
    return Reply([start(), *said, *blocks, *stop("tool_use")])


def broken(status: int, kind: str, message: str = "no", **headers: str) -> Reply:
    return Reply(
        status=status,
        error=json.dumps({"type": "error", "error": {"type": kind, "message": message}}),
        headers=headers,
    )


def whole(reply: Reply) -> dict[str, Any]:
    """The same reply to a request that does not ask for a stream; its text alone."""
    message = dict(reply.events[0][1]["message"])
    pieces = [data["delta"].get("text", "") for name, data in reply.events if name == "content_block_delta"]
    return {**message, "content": [{"type": "text", "text": "".join(pieces)}], "stop_reason": "end_turn"}


class Claude:
    """The server: give it replies, read what it was sent. Without a reply left it says so."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.url = ""

    @property
    def sent(self) -> str:
        """Everything that it was ever sent, keys left out."""
        return json.dumps(self.requests, ensure_ascii=False)


@contextmanager
def serving() -> Iterator[Claude]:
    claude = Claude()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None: ...

        def _key(self) -> str:
            return self.headers.get("x-api-key") or self.headers.get("authorization", "").removeprefix(
                "Bearer "
            )

        def do_GET(self) -> None:
            claude.keys.append(self._key())
            if self._key() == "bad":
                self._send(401, broken(401, "authentication_error").error, {})
                return
            models = [
                {
                    "type": "model",
                    "id": "claude-sonnet-5-5",
                    "display_name": "S",
                    "created_at": "2026-01-01T00:00:00Z",
                }
            ]
            self._send(
                200, json.dumps({"data": models, "has_more": False, "first_id": None, "last_id": None}), {}
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            claude.requests.append(json.loads(body))
            claude.keys.append(self._key())
            reply = claude.replies.pop(0) if claude.replies else says("I have no more to say.")
            if reply.status != 200:
                self._send(reply.status, reply.error, reply.headers)
                return
            if not claude.requests[-1].get("stream"):
                self._send(200, json.dumps(whole(reply)), {})
                return
            time.sleep(reply.mute)
            if reply.torn and reply.cut == -1:
                self._reset()
                return
            with contextlib.suppress(ConnectionError):  # whoever asked may have gone
                self._stream(reply)

        def _stream(self, reply: Reply) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            time.sleep(reply.delay)
            for number, (name, data) in enumerate(reply.events):
                event = f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
                if reply.cut is not None and number >= reply.cut:
                    time.sleep(reply.hush)
                    if reply.garbage:
                        self._chunk(b"event: content_block_delta\ndata: {not json\n\n")
                    if reply.torn:
                        self._chunk(event[: len(event) // 2])
                        self._reset()
                        return
                    break
                time.sleep(reply.pause)
                self._chunk(event)
            self._chunk(b"")

        def _chunk(self, piece: bytes) -> None:
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.flush()

        def _reset(self) -> None:
            """End the connection as a broken line does: without a farewell."""
            time.sleep(0.2)  # what was sent has arrived: a reset throws away what is still on its way
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True

        def _send(self, status: int, body: str, headers: dict[str, str]) -> None:
            self.send_response(status)
            length = {"content-length": str(len(body.encode()))}
            for name, value in {"content-type": "application/json", **length, **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    claude.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield claude
    server.shutdown()
    server.server_close()
