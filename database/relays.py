"""Plays that are sent on to ListenBrainz or Last.fm: which wait for it, and how it goes.

They wait from the transaction in which they were taken in until the service has them. What a
job sends and cannot write down any more is sent again: the services know it by its moment
and its names.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from core import clock, relayed
from core.plays import Heard
from database import linked_accounts, listeners, tasks
from database.models import LinkedAccount, Relay, RelayedPlay, Task
from database.owner import HOUSE
from database.play_intake import Intake

RELAY, LINK = "relay_plays", "link_relay"
MOST_WAITING = 20_000  # of one person, for one service
_GATHERING = 20 * clock.SECOND  # several of an offline player come one by one
_START = text("""
    INSERT INTO relays (person_id, provider, is_stopped, sent, refused, created_at)
         VALUES (:person_id, :provider, :no, 0, 0, :now)
    ON CONFLICT (person_id, provider)
      DO UPDATE SET is_stopped = :no, said = NULL
""")


class Waiting(NamedTuple):
    """A play that waits: `said` as the service takes it, `tries` that were in vain."""

    id: int
    said: dict[str, Any]
    tries: int


class Shown(NamedTuple):
    """How it goes, for a page. `name` is "" until what was given has been tried."""

    provider: str
    name: str
    is_stopped: bool
    sent: int
    refused: int
    sent_at: int | None
    waiting: int
    said: str | None


def enqueue(session: Session, person_id: int, heard: Sequence[Heard]) -> None:
    """Let plays wait to be sent on, to each service that this person has said.

    To be called with what a player just sent, before `Intake.take` in its transaction: of what
    is known already, or is a child's, or was imported, nothing is sent.
    """
    if session.scalar(_linked(person_id).limit(1)) is None:
        return
    listeners.lock(session)
    providers = _providers(session, person_id)
    new = Intake(person_id).new_and_own(session, heard)
    for provider in providers:
        told = [relayed.as_sent(provider, one) for one in new if relayed.may_go(provider, one)]
        _put(session, person_id, provider, told)


def _providers(session: Session, person_id: int) -> list[str]:
    """Return where to, each kept as it is until this transaction ends."""
    query = _linked(person_id).order_by(LinkedAccount.provider)
    return list(session.scalars(query.with_for_update()))


def _linked(person_id: int) -> Select[str]:
    return select(LinkedAccount.provider).where(
        LinkedAccount.person_id == person_id,
        LinkedAccount.provider.in_(relayed.NAMES),
        LinkedAccount.name != "",
    )


def _put(
    session: Session, person_id: int, provider: str, told: Sequence[Mapping[str, Any]]
) -> None:
    room = MOST_WAITING - waiting(session, person_id, provider) if told else 0
    rows = [
        {"person_id": person_id, "provider": provider, "said": said, "tries": 0}
        for said in told[: max(0, room)]
        if len(json.dumps(said).encode()) <= relayed.LONGEST
    ]
    if rows:
        now = clock.now()
        session.execute(insert(RelayedPlay), [row | {"created_at": now} for row in rows])
        order(session, person_id, provider, now + _GATHERING)


def order(session: Session, person_id: int, provider: str, at: int) -> None:
    """Have what waits sent at that moment, unless that is ordered already.

    One that is under way does not count: it may have looked for the last time.
    """
    key = f"{RELAY}:{person_id}:{provider}"
    # In words and not as a parameter: a bound status would not find the partial index.
    ordered = select(Task.id).where(text("status = 'WAITING'"), Task.lock_key == key)
    if session.scalar(ordered.limit(1)) is None:
        args = {"person_id": person_id, "provider": provider}
        tasks.enqueue(session, RELAY, args, owner=HOUSE, lane=tasks.LONG, lock_key=key, run_at=at)


def waiting(session: Session, person_id: int, provider: str) -> int:
    query = select(func.count()).where(*_of(person_id, provider))
    return session.scalar(query) or 0


def batch(session: Session, person_id: int, provider: str, most: int) -> list[Waiting]:
    """Return the plays that waited for longest; none while it is stopped.

    Waits for who is putting some in: what came after this look has an order of its own.
    """
    _providers(session, person_id)
    if (state := session.get(Relay, (person_id, provider))) is None or state.is_stopped:
        return []
    query = select(RelayedPlay.id, RelayedPlay.said, RelayedPlay.tries)
    query = query.where(*_of(person_id, provider)).order_by(RelayedPlay.id).limit(most)
    return [Waiting(*row) for row in session.execute(query)]


def say_sent(
    session: Session, person_id: int, provider: str, ids: Sequence[int], *, refused: int = 0
) -> None:
    """Forget plays that the service has, or that it refused and always would."""
    session.execute(delete(RelayedPlay).where(RelayedPlay.id.in_(ids)))
    values = {
        "sent": Relay.sent + len(ids) - refused,
        "refused": Relay.refused + refused,
        "sent_at": clock.now(),
        "said": None,
    }
    session.execute(_state(person_id, provider).values(values))


def put_off(  # noqa: PLR0913 - by name
    session: Session, person_id: int, provider: str, *, ids: Sequence[int], said: str, until: int
) -> None:
    """Let plays wait until then, and say why."""
    tried = update(RelayedPlay).where(RelayedPlay.id.in_(ids))
    session.execute(tried.values(tries=RelayedPlay.tries + 1))
    session.execute(_state(person_id, provider).values(said=said))
    order(session, person_id, provider, until)


def stop(session: Session, person_id: int, provider: str, said: str) -> None:
    """Send nothing more until it is linked anew; what waits goes on waiting."""
    session.execute(_state(person_id, provider).values(is_stopped=True, said=said))


def start(session: Session, person_id: int, provider: str) -> None:
    """Send on from now on, and what waits at once."""
    now = clock.now()
    words = {"person_id": person_id, "provider": provider, "no": False, "now": now}
    session.execute(_START, words)
    if waiting(session, person_id, provider):
        order(session, person_id, provider, now)


def unlink(session: Session, person_id: int, provider: str) -> None:
    """Forget the account with its secret, what waits, and how it went."""
    linked_accounts.drop(session, person_id, provider)
    session.execute(delete(RelayedPlay).where(*_of(person_id, provider)))
    whose = Relay.person_id == person_id, Relay.provider == provider
    session.execute(delete(Relay).where(*whose))


def shown(session: Session, person_id: int) -> dict[str, Shown]:
    """Return how it goes with each service that this person has linked."""
    counts = select(RelayedPlay.provider, func.count().label("waiting"))
    counts = counts.where(RelayedPlay.person_id == person_id).group_by(RelayedPlay.provider)
    wait = {row.provider: row.waiting for row in session.execute(counts)}
    accounts = select(LinkedAccount.provider, LinkedAccount.name).where(
        LinkedAccount.person_id == person_id, LinkedAccount.provider.in_(relayed.NAMES)
    )
    query = select(Relay).where(Relay.person_id == person_id)
    states = {state.provider: state for state in session.scalars(query)}
    return {
        provider: _shown(provider, name, states.get(provider), wait.get(provider, 0))
        for provider, name in session.execute(accounts)
    }


def _shown(provider: str, name: str, state: Relay | None, waits: int) -> Shown:
    if state is None:
        return Shown(provider, name, False, 0, 0, None, waits, None)  # noqa: FBT003
    return Shown(
        provider,
        name,
        state.is_stopped,
        state.sent,
        state.refused,
        state.sent_at,
        waits,
        state.said,
    )


def _of(person_id: int, provider: str) -> tuple[Any, Any]:
    return RelayedPlay.person_id == person_id, RelayedPlay.provider == provider


def _state(person_id: int, provider: str) -> Any:
    return update(Relay).where(Relay.person_id == person_id, Relay.provider == provider)
