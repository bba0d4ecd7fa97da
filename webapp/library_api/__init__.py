"""The library as scripts see it: /api/v1, always JSON, from what is stored alone.

Spotify is never asked in a request: what is to be fetched is a task, and the answer names it.
"""

from typing import Any

from flask import Blueprint


class _Lenient(Blueprint):
    """Takes each address with a slash at its end and without one."""

    def add_url_rule(self, rule: str, *args: Any, **options: Any) -> None:
        super().add_url_rule(rule, *args, **({"strict_slashes": False} | options))


bp = _Lenient("library_api", __name__, url_prefix="/api/v1")

from webapp.library_api import (  # noqa: E402, F401 - each adds its views to bp
    browser,
    listings,
    notifications,
    playback,
    user,
)
