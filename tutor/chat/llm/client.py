"""The one door to language models: opening one by name, and saying in words what went wrong with it.

`provider:name` names any chat model that LangChain knows. A key is a secret: it goes to the model alone.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from tutor.errors import ModelError
from tutor.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

DEFAULT_MODEL = "anthropic:claude-sonnet-5-5"
NO_MODEL = "builtin"
LONGEST_ANSWER = 4096  # tokens
SILENCE = 60.0  # seconds without a sign of life
RETRIES = 2  # before a first word, with the SDK's back-off; never after one
SHORT_ANSWER = 200  # tokens
SHORT_SILENCE = 15.0  # seconds: who waits for help goes on without it
_SECRET = re.compile(r"\b(sk-[\w-]{6,}|[A-Za-z0-9_-]{40,})\b")


def chosen(settings: Settings, key: SecretStr | None) -> str:
    """The model to use as `provider:name`; empty for the built-in tutor."""
    if settings.model == NO_MODEL:
        return ""
    if settings.model:
        return settings.model if ":" in settings.model else f"anthropic:{settings.model}"
    return DEFAULT_MODEL if key is not None else ""


def cites_by_itself(name: str) -> bool:
    """Whether the model takes passages as `search_result` blocks and gives citations beside its text."""
    return name.startswith("anthropic:")


def open_model(name: str, settings: Settings, key: SecretStr | None, short: bool = False) -> BaseChatModel:
    """Open a chat model, a `short` one for a few words that nobody waits long for.

    Raises ModelError when its provider is unknown or its package is missing.
    """
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {
        "timeout": SHORT_SILENCE if short else SILENCE,
        "max_retries": 0 if short else RETRIES,
        "max_tokens": SHORT_ANSWER if short else LONGEST_ANSWER,
    }
    if settings.model_url:
        options["base_url"] = settings.model_url
    provider = name.partition(":")[0]
    if provider == "anthropic":
        if key is None:
            raise ModelError("Claude needs a key. Set ANTHROPIC_API_KEY, or enter one on the settings page.")
        options["api_key"] = key
    if provider == "ollama":  # it knows neither of these by those names
        options = {name: value for name, value in options.items() if name == "base_url"}
    try:
        model: BaseChatModel = init_chat_model(name, **options)
    except ImportError as error:
        package = f"langchain-{provider.replace('_', '-')}"
        raise ModelError(
            f"The model {name} needs the package {package}. Install it: pip install {package}"
        ) from error
    except ValueError as error:
        raise ModelError(f"The model {name} cannot be opened: {without_secrets(str(error))}") from error
    return model


def failures() -> tuple[type[Exception], ...]:
    """What models raise when they fail, of the libraries that are loaded; faults of ours are not in it."""
    from langchain_core.exceptions import LangChainException
    from langgraph.errors import GraphRecursionError

    found: list[type[Exception]] = [LangChainException, GraphRecursionError, OSError]
    for module, names in {
        "anthropic": ("AnthropicError",),
        "openai": ("OpenAIError",),
        "ollama": ("ResponseError", "RequestError"),
        "httpx": ("HTTPError", "StreamError"),
        "httpx2": ("HTTPError", "StreamError"),
        "google.genai.errors": ("APIError",),
        "json": ("JSONDecodeError",),
    }.items():
        loaded = sys.modules.get(module)
        found += [kind for name in names if isinstance(kind := getattr(loaded, name, None), type)]
    return tuple(found)


def explain(error: Exception, name: str, waited: float = SILENCE) -> str:
    """What happened and what to do, without the key or anything that looks like one.

    `waited`: the seconds that it was given.
    """
    status = getattr(error, "status_code", None)
    kind = type(error).__name__.lower()
    said = without_secrets(str(getattr(error, "message", "") or error))[:200]
    if status == 401 or "authentication" in kind:
        return f"{name} refused the key. Check it on the settings page, or make a new one."
    if status == 403 or "permission" in kind:
        return f"This key may not use {name}. Choose another model on the settings page."
    if status == 404 or "notfound" in kind:
        return f"There is no model {name} at this address. Choose another one on the settings page."
    if status == 429 or "ratelimit" in kind:
        wait = _retry_after(error)
        return f"{name} has had too many requests from this key.{wait}"
    if status == 529 or "overloaded" in kind or "overloaded" in said.lower():
        return f"{name} is overloaded at the moment. Ask again in a minute."
    if "timeout" in kind:
        return f"{name} did not answer for {waited:.0f} seconds. Ask again, or choose another model."
    if "contextoverflow" in kind:
        return f"This conversation is too long for {name}. Begin a new one."
    if "connection" in kind or isinstance(error, ConnectionError) or "connect" in kind:
        return f"{name} cannot be reached. Check the network, or the address in the settings."
    if "recursion" in kind:
        return f"{name} kept looking things up without coming to an answer. Ask in smaller steps."
    if isinstance(status, int) and status >= 500:
        return f"{name} failed at its provider ({status}). Ask again in a minute."
    return f"{name} failed: {said or type(error).__name__}"


def _retry_after(error: Exception) -> str:
    headers = getattr(getattr(error, "response", None), "headers", {})
    seconds = headers.get("retry-after", "")
    return f" Try again in {seconds} seconds." if seconds.isdigit() else " Try again in a minute."


def without_secrets(text: str) -> str:
    """The text with everything that looks like a key blotted out."""
    return _SECRET.sub("***", text)


def available(settings: Settings, key: SecretStr) -> list[str]:
    """The Claude models that a key may use, newest first. Raises ModelError that says what is wrong."""
    import anthropic

    client = anthropic.Anthropic(
        api_key=key.get_secret_value(), base_url=settings.model_url or None, timeout=15.0, max_retries=1
    )
    try:
        return [f"anthropic:{model.id}" for model in client.models.list(limit=100)]
    except anthropic.AnthropicError as error:
        raise ModelError(explain(error, "Claude")) from None  # the original holds the request and its headers
