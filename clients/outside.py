"""The way out as the settings allow it, made for a handful of services."""

from collections.abc import Iterator
from contextlib import contextmanager

from clients.http import Http
from core.settings import Settings

VERSION = "0.1"


def user_agent(settings: Settings) -> str:
    """Return an honest name, with an address to complain to where the house has one."""
    contact = f"; {settings.public_url}" if settings.public_url else ""
    return f"Needledrop/{VERSION} (a household's own program{contact})"


@contextmanager
def outside(settings: Settings, *bases: str, together: float | None = None) -> Iterator[Http]:
    """Return what may ask the services at these base addresses, and nothing else.

    `together`: the seconds that all of it may take, where somebody waits for a page; nothing is
    tried again then.
    """
    http = Http(bases, user_agent=user_agent(settings), together=together)
    try:
        yield http
    finally:
        http.close()
