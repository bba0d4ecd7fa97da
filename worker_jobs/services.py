"""The clients that jobs use, made from the settings."""

from collections.abc import Iterator
from contextlib import contextmanager

from clients.http import Http
from core.settings import Settings

VERSION = "0.1"


@contextmanager
def outside(settings: Settings, *bases: str) -> Iterator[Http]:
    """Return what may ask the services at these base addresses, and nothing else."""
    # An honest name, with an address to complain to where the house has one.
    contact = f"; {settings.public_url}" if settings.public_url else ""
    http = Http(bases, user_agent=f"Needledrop/{VERSION} (a household's own program{contact})")
    try:
        yield http
    finally:
        http.close()
