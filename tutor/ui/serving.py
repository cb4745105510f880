"""Who may connect: the addresses that are answered to, and whether beyond this machine at all.

Two layers, one list. `server.allowedHosts` in `.streamlit/config.toml` names the hosts; Streamlit asks it for the
WebSocket, and the middleware here for everything else, so that a page elsewhere whose name is made to lead to this
machine gets nothing. The list and the address are Streamlit's own options: flags, environment and file set them.
"""

from __future__ import annotations

import asyncio
import ipaddress
import webbrowser
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import App
from streamlit.errors import StreamlitAuthError, StreamlitMissingAuthlibError
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from tutor.errors import SettingsError
from tutor.quoting import as_markdown
from tutor.settings import load_settings

REFUSED = (
    "The tutor does not answer to this address. On this machine open it as http://localhost or http://127.0.0.1; "
    "where it is meant to be reached by another name, start it with --server.allowedHosts and that name.\n"
)
BEYOND = """\
The tutor was not started: at {address} everybody on the network could read and change what is kept here.
Either leave out --server.address: then only this machine reaches it.
Or configure a login: [auth] in .streamlit/secrets.toml, as Streamlit's st.login describes, and
the package Authlib.
Or set TUTOR_OPEN=yes to serve everybody who reaches it.
For the last two, also name the host under which it is opened: --server.allowedHosts NAME."""


class NamedHosts:
    """Answers requests whose Host is allowed and refuses all others, WebSockets included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; `lifespan` has no host and passes."""
        if scope["type"] == "lifespan" or is_host_allowed(Headers(scope=scope).get("host")):
            await self.app(scope, receive, send)
        else:
            await PlainTextResponse(REFUSED, 400)(scope, receive, send)


def middleware() -> list[Middleware]:
    """What stands before the pages. Raises SystemExit where it would serve beyond this machine unasked."""
    address = str(st.get_option("server.address") or "0.0.0.0")
    if not _is_here(address) and not login_configured() and not _open():
        raise SystemExit(BEYOND.format(address=address))
    return [Middleware(NamedHosts)]


@asynccontextmanager
async def lifespan(app: App) -> AsyncIterator[None]:
    """Opens the page in the browser, as `streamlit run` does by itself only for a plain script."""
    if not st.get_option("server.headless"):
        host = st.get_option("server.address") or "localhost"
        address = f"http://{host}:{st.get_option('server.port')}/{st.get_option('server.baseUrlPath')}"
        asyncio.get_running_loop().run_in_executor(None, webbrowser.open, address)
    yield


def login_configured() -> bool:
    """Whether `[auth]` stands in Streamlit's secrets."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:  # Streamlit's own error for "no secrets" is one
        return False


def log_in() -> None:
    """All that is seen where a login is configured and nobody has logged in."""
    st.title("Zero to Hero")
    st.markdown("Log in to go on.")
    named = [name for name, value in st.secrets["auth"].items() if isinstance(value, Mapping)]
    for provider in named or [None]:
        label = f"Log in with {as_markdown(provider)}" if provider else "Log in"
        if st.button(label, type="primary", icon=":material/login:"):
            try:
                st.login(provider)
            except (StreamlitAuthError, StreamlitMissingAuthlibError) as error:
                st.error(as_markdown(str(error)), icon=":material/error:")


def _is_here(address: str) -> bool:
    if address == "localhost" or address.startswith("unix://"):
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def _open() -> bool:
    try:
        return load_settings().open
    except SettingsError as error:
        raise SystemExit(str(error)) from error
