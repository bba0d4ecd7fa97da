"""How many notifications the person who asks has not seen: the number in every page's header."""

import logging

from flask import Flask
from flask_login import current_user
from sqlalchemy.exc import OperationalError

from core.errors import NeedledropError
from database import notifications
from webapp.database import reading

log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    app.add_template_global(unread_notifications)


def unread_notifications() -> int:
    """Return how many; 0 where the database fails: a page that tells of that needs no number."""
    if not current_user.is_authenticated:
        return 0
    try:
        with reading() as session:
            return notifications.unread(session, current_user.id)
    except (NeedledropError, OperationalError) as error:
        log.warning("unread notifications were not counted: %s", error)
        return 0
