"""The key that signs cookies: given, or made once and kept in the data folder."""

import secrets

from core import key_file
from core.errors import CannotStart
from core.settings import Settings


def key(settings: Settings) -> str:
    """Return the key; two processes that start together get the same.

    Raises:
        CannotStart: the data folder cannot be written.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    file = settings.data / "secret_key"
    try:
        return key_file.read_or_make(file, lambda: secrets.token_hex(32))
    except OSError as error:
        raise CannotStart(f"The secret key {file} cannot be kept: {error.strerror}.") from None
