"""Whose a request is, for all that belongs to somebody."""

import hashlib
import secrets

from flask import session
from flask_login import current_user

from database.owner import Owner

_KEY = "guest"


def current_owner() -> Owner:
    """Return who asks; a guest who never made anything has no key, and owns nothing."""
    if current_user.is_authenticated:
        return Owner(person_id=current_user.id, is_admin=current_user.is_admin)
    key = session.get(_KEY)
    return Owner(guest_hash=_hash(key) if isinstance(key, str) else None)


def owner_for_new_task() -> Owner:
    """Return who asks; gives a guest the key by which the browser will be known again."""
    if not current_user.is_authenticated and _KEY not in session:
        session[_KEY] = secrets.token_hex(16)
        session.permanent = True
    return current_owner()


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
