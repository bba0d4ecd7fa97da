"""The pages of a person's own account: set-up, login, who they are, sessions, tokens."""

from flask import Blueprint

bp = Blueprint("accounts", __name__)

from webapp.accounts import about, entry, sessions, setup, tokens  # noqa: E402, F401 - they register on bp
