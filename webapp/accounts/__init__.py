"""The pages of a person's own account: set-up, login, who they are, sessions, tokens."""

from flask import Blueprint

bp = Blueprint("accounts", __name__)

from webapp.accounts import (  # noqa: E402, F401 - they register on bp
    about,
    connecting,
    connections,
    device,
    entry,
    sessions,
    setup,
    spotify_login,
    tokens,
)
