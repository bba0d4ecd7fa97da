"""Secrets of accounts elsewhere, sealed: in the database they are of no use to whoever reads it.

The keys lie in the data folder, outside the database, one a line: the first seals, and each
opens what it once sealed. The library that does it costs 10 MB, and is loaded when a secret is
sealed or opened, not before.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from core import key_file
from core.errors import CannotStart, Conflict
from core.settings import Settings

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_FILE = "token.key"
_BORDER = "\0"  # between what a secret is about and the secret


def settle(settings: Settings) -> None:
    """Put the keys that a setting gives where keys lie.

    Raises:
        CannotStart: others lie there, which may have sealed something.
        OSError: they cannot be kept.
    """
    if settings.token_key is None:
        return
    given = settings.token_key.get_secret_value()
    kept = key_file.read_or_make(settings.data / _FILE, lambda: given)
    if kept.split() != given.split():
        raise CannotStart(
            f"{settings.data / _FILE} holds another key than NEEDLEDROP_TOKEN_KEY: give its keys as"
            " well, behind your own and with a space between, then delete the file."
        )


def seal(folder: Path, secret: SecretStr, *, about: str = "") -> str:
    """Return `secret` encrypted with the first key in `folder`, which is made when there is none.

    `about`: of which row it is; it opens as nothing else.

    Raises:
        Conflict: what is kept as keys is none.
        OSError: the key cannot be kept.
    """
    words = secret.get_secret_value()
    whole = f"{about}{_BORDER}{words}" if about else words
    return _keys(folder).encrypt(whole.encode()).decode()


def unseal(folder: Path, sealed: str, *, about: str = "") -> SecretStr:
    """Return what was sealed.

    Raises:
        Conflict: it was sealed with another key, or is about something else.
        OSError: the keys cannot be read.
    """
    from cryptography.fernet import InvalidToken

    try:
        opened = _keys(folder).decrypt(sealed).decode()
    except (InvalidToken, ValueError):
        raise _foreign() from None
    head, border, secret = opened.rpartition(_BORDER)
    if head != about or bool(border) != bool(about):
        raise _foreign()
    return SecretStr(secret)


def _foreign() -> Conflict:
    return Conflict(
        "The key to this account's token is not the one it was sealed with: link it anew."
    )


def _keys(folder: Path) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet

    kept = key_file.read_or_make(folder / _FILE, lambda: Fernet.generate_key().decode())
    try:
        return MultiFernet([Fernet(key) for key in kept.split()])
    except ValueError:
        raise _foreign() from None
