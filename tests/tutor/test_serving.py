"""Who may connect: real servers, asked as a browser would ask whom another page's name has led here."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.app import ROOT, free_port, running_app
from tutor.ui.navigation import TITLES

LOCAL = ("127.0.0.1", "localhost", "LOCALHOST", "[::1]")
ELSEWHERE = (
    "evil.example",
    "evil.example.",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "192.0.2.7",
    "",
    "a/b",
)


def asked(port: int, host: str | None, path: str = "/", *more: str) -> tuple[int, str]:
    """The status and the text that a server answers to one request with these headers."""
    named = [] if host is None else [f"Host: {host}:{port}" if host else "Host:"]
    lines = [f"GET {path} HTTP/1.1", *named, *more, "", ""]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as one:
        one.sendall("\r\n".join(lines).encode("ascii"))
        said = b""
        while b"\r\n\r\n" not in said and (piece := one.recv(65536)):
            said += piece
        if b" 101 " not in said.split(b"\r\n")[0]:
            one.settimeout(0.5)
            while (piece := _more(one)) is not None:
                said += piece
    return int(said.split()[1]), said.decode("utf-8", "replace")


def _more(one: socket.socket) -> bytes | None:
    try:
        return one.recv(65536) or None
    except TimeoutError:
        return None


def handshake(port: int, host: str, origin: str | None) -> int:
    """The status of a WebSocket handshake; 101 opens it."""
    key = base64.b64encode(os.urandom(16)).decode("ascii")
    headers = [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
    ]
    if origin is not None:
        headers.append(f"Origin: {origin}")
    return asked(port, host, "/_stcore/stream", *headers)[0]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running_app(tmp_path_factory.mktemp("served")) as address:
        yield int(address.rpartition(":")[2])


def test_this_machine_is_answered(port: int) -> None:
    for host in LOCAL:
        assert asked(port, host)[0] == 200, host
        assert handshake(port, host, f"http://{host}:{port}") == 101, host


def test_a_name_that_was_made_to_lead_here_gets_nothing(port: int) -> None:
    for host in ELSEWHERE:
        assert handshake(port, host, f"http://{host}:{port}") in (400, 403), host
        for path in ("/", "/chat", "/_stcore/health", "/_stcore/host-config", "/media/x"):
            status, said = asked(port, host, path)
            assert status == 400, (host, path)
            assert "<html" not in said.lower(), (host, path)
    assert "--server.allowedHosts" in asked(port, "evil.example")[1], "it says how another name is allowed"
    assert asked(port, None)[0] == 400, "a request without a host"


def test_a_page_elsewhere_may_not_open_a_socket_to_this_machine(port: int) -> None:
    for origin in ("http://evil.example", "https://localhost.evil.example", "null"):
        assert handshake(port, "127.0.0.1", origin) == 403, origin


def start(home: Path, folder: Path, *flags: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Start the app where it should refuse; it ends by itself."""
    environment = {**os.environ, "TUTOR_HOME": str(home), **extra}
    environment.pop("TUTOR_OPEN", None)
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.headless", "true"]
    command += ["--server.port", str(free_port()), *flags]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_it_does_not_serve_beyond_this_machine_unasked(address: str, tmp_path: Path) -> None:
    done = start(tmp_path / "home", ROOT, "--server.address", address)
    assert done.returncode == 1
    for way in ("leave out --server.address", "[auth]", "TUTOR_OPEN=yes", "--server.allowedHosts"):
        assert way in done.stderr, done.stderr
    assert not (tmp_path / "home").exists(), "nothing was begun"


def test_it_serves_everybody_where_that_is_said(tmp_path: Path) -> None:
    flags = ("--server.address", "0.0.0.0", "--server.allowedHosts", "tutor.example")
    with running_app(tmp_path / "home", {"TUTOR_OPEN": "yes"}, flags, host="tutor.example") as address:
        port = int(address.rpartition(":")[2])
        assert asked(port, "tutor.example")[0] == 200
        assert handshake(port, "tutor.example", f"http://tutor.example:{port}") == 101
        assert asked(port, "evil.example")[0] == 400


def test_where_a_login_is_configured_it_serves_and_shows_nothing_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streamlit.testing.v1 import AppTest

    monkeypatch.setenv("TUTOR_HOME", str(tmp_path / "home"))
    app = AppTest.from_file(str(ROOT / "tutor" / "ui" / "entry" / "script.py"), default_timeout=60)
    app.secrets["auth"] = {"client_id": "x", "client_secret": "y", "cookie_secret": "z", "redirect_uri": "r"}
    app.run()
    assert not app.exception
    assert [one.label for one in app.button] == ["Log in"]
    assert [one.value for one in app.title] == ["Zero to Hero"]
    assert TITLES["settings"][0] not in str(app.main)
    app.button[0].click().run()
    assert not app.exception and len(app.error) == 1, "this login cannot work, and says so"
    assert not (tmp_path / "home").exists(), "nothing was read or made before the login"
