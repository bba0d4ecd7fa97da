"""How often an address may fail to log a player in. Whoever has a token is never held up."""

from core.errors import TooMany
from database import sessions
from database.sessions import Scope
from webapp.database import writing
from webapp.login import address

_FREE = 20


def note_failed() -> None:
    """Count that somebody was not let in.

    Raises:
        TooMany: it was one too many.
    """
    with writing(bulk=True) as session:
        # One that has to wait is not counted: its transaction fails.
        if wait := sessions.count_try(session, [Scope(f"player:{address()}", free=_FREE)]):
            raise TooMany("Too many tries to log in. Please wait a while.", wait)
