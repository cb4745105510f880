"""Where a key comes from: what is set, else the system's keyring, where one goes only when she says keep."""

import logging

from pydantic import SecretStr

from tutor.errors import SettingsError
from tutor.settings import Settings

log = logging.getLogger(__name__)
SERVICE = "zero-to-hero-tutor"
NAME = "anthropic"


def find_key(settings: Settings) -> SecretStr | None:
    """The key in the settings, else the one that was kept; None without either."""
    if settings.anthropic_api_key is not None:
        return settings.anthropic_api_key if settings.anthropic_api_key.get_secret_value() else None
    import keyring
    from keyring.errors import KeyringError

    try:
        kept = keyring.get_password(SERVICE, NAME)
    except KeyringError as error:
        log.info("no keyring to look for a key in: %s", type(error).__name__)
        return None
    return SecretStr(kept) if kept else None


def keep_key(key: SecretStr) -> None:
    """Put a key into the system's keyring. Raises SettingsError where there is none."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, NAME, key.get_secret_value())
    except KeyringError as error:
        raise SettingsError(
            "This system has no keyring that can keep the key. It serves until the app is closed; to have "
            "it every "
            "time, set ANTHROPIC_API_KEY."
        ) from error


def forget_key() -> None:
    """Take the key out of the keyring; nothing happens when none is there."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.delete_password(SERVICE, NAME)
    except KeyringError as error:
        log.info("no key to forget: %s", type(error).__name__)
