"""How much one person or guest may have open in the queue, which is there for the whole house."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.errors import TooMany
from database.owner import Owner

MOST_OPEN = 20
_RETRY_SECONDS = 60

# In words and not as parameters, as in tasks.py: each finds its partial index.
_OF_PERSON = text("""
    SELECT count(*)
      FROM tasks
     WHERE person_id = :person_id
       AND status IN ('WAITING', 'PROGRESSING')
""")
_OF_GUEST = text("""
    SELECT count(*)
      FROM tasks
     WHERE person_id IS NULL
       AND guest_hash = :guest_hash
       AND status IN ('WAITING', 'PROGRESSING')
""")


def check(session: Session, owner: Owner) -> None:
    """Go on only if `owner` has no more open than they may; call it after putting a task in.

    Commands and schedules may put in whatever they like.

    Raises:
        TooMany: they have; the transaction is to be rolled back.
    """
    if owner.person_id is not None:
        found = session.scalar(_OF_PERSON, {"person_id": owner.person_id})
    elif owner.guest_hash is not None:
        found = session.scalar(_OF_GUEST, {"guest_hash": owner.guest_hash})
    else:
        return
    if (found or 0) > MOST_OPEN:
        raise TooMany(
            f"You have {MOST_OPEN} tasks open already: wait until some are done, or cancel some.",
            _RETRY_SECONDS,
        )
