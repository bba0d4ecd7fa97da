"""Secrets of accounts elsewhere, sealed: in the database they are of no use to whoever reads it.

The key lies in the data folder, outside the database. The library that does it costs
10 MB, and is loaded when a secret is sealed or opened, not before.
"""

from pathlib import Path

from pydantic import SecretStr

from core import key_file
from core.errors import Conflict


def seal(folder: Path, secret: SecretStr) -> str:
    """Return `secret` encrypted with the key in `folder`, which is made when there is none.

    Raises:
        OSError: the key cannot be kept.
    """
    from cryptography.fernet import Fernet

    return Fernet(_key(folder)).encrypt(secret.get_secret_value().encode()).decode()


def unseal(folder: Path, sealed: str) -> SecretStr:
    """Return what was sealed.

    Raises:
        Conflict: it was sealed with another key.
        OSError: the key cannot be read.
    """
    from cryptography.fernet import Fernet, InvalidToken

    try:
        return SecretStr(Fernet(_key(folder)).decrypt(sealed).decode())
    except (InvalidToken, ValueError):
        raise Conflict(
            "The key to this account's token is not the one it was sealed with: link it anew."
        ) from None


def _key(folder: Path) -> str:
    from cryptography.fernet import Fernet

    return key_file.read_or_make(folder / "token.key", lambda: Fernet.generate_key().decode())
