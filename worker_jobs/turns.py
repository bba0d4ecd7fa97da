"""Whose turn it is to ask a provider: the one pace of all processes, in a job's hands."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple, Self

from core import clock
from core.consents import SPOTIFY
from core.errors import NotYet, Parked
from core.settings import Settings
from database import provider_paces
from database.engine import Database
from database.provider_paces import Rest
from worker_jobs.run import Run

BATCH = 10  # turns that are reserved with one write
# Several jobs at once have two or three batches before them; who waits longer lets go of its slot.
PATIENCE = 10 * clock.SECOND
_STEP = 0.25  # seconds; a cancel is seen within
_LEAST_REST = clock.SECOND
_OF_A_STAND_IN = 1_000.0


class Provider(NamedTuple):
    """`called`: in sentences. `per_second`: calls of the whole house, in the long run.

    `at_once`: turns that are reserved with one write, and may be used one upon the other.
    """

    called: str
    per_second: float
    setting: str  # with its address
    at_once: int = BATCH


PROVIDERS = {
    # What it allows within half a minute it does not say; apps are stopped at about twice this.
    SPOTIFY: Provider("Spotify", 3.0, "spotify_api_url"),
    # One person's, free for everybody.
    "reccobeats": Provider("ReccoBeats", 2.0, "reccobeats_url", at_once=1),
    # Its pages, without a key: as a person would who goes through a list.
    "youtube pages": Provider("YouTube", 2.0, "youtube_page_url"),
}


class Turns:
    """Turns at one provider; `with` gives back in the end what was reserved and not used.

    Each is good for a while longer than its moment: an answer that comes slowly costs none.
    """

    def __init__(
        self, db: Database, provider: str, *, per_second: float, say: Callable[[], None]
    ) -> None:
        """Reserve nothing yet.

        Args:
            db: where the pace is kept.
            provider: whom it is about, one of PROVIDERS.
            per_second: how many calls the whole house may make, in the long run.
            say: called again and again while a turn is waited for; may end the wait by raising.
        """
        self._db, self._provider, self._say = db, provider, say
        self._called, self._at_once = PROVIDERS[provider].called, PROVIDERS[provider].at_once
        self._apart = max(1, round(clock.SECOND / per_second))
        self._begins = self._used = 0
        self._left = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._give_back()

    def take(self) -> None:
        """Wait for a turn.

        Raises:
            NotYet: it is further off than a few seconds.
            Parked: the provider is left alone for a longer time, for a reason.
        """
        while (until := self._next()) is not None:
            self._wait(until)
        self._left -= 1
        self._used += 1

    def rest(self, seconds: float, said: str, *, is_quota: bool) -> None:
        """Let no process ask for so long. `is_quota`: not for haste alone, so pages tell why."""
        until = clock.now() + max(_LEAST_REST, int(seconds * clock.SECOND))
        with self._db.writing() as session:
            provider_paces.rest(session, self._provider, until, said if is_quota else None)

    def _next(self) -> int | None:
        """Return until when to wait before the next look; None: it is this job's turn."""
        with self._db.reading() as session:
            rest = provider_paces.standing(session, self._provider).rest
        if rest is None and not self._is_good():
            rest = self._reserve()
        if rest is not None:
            return self._until(rest)
        turn = self._begins + self._used * self._apart
        return turn if turn > clock.now() else None

    def _is_good(self) -> bool:
        """Tell whether there is a turn left, of a time that is not too long ago."""
        ago = clock.now() - self._begins
        return self._left > 0 and -2 * PATIENCE <= ago <= self._at_once * self._apart + 2 * PATIENCE

    def _reserve(self) -> Rest | None:
        lapsed, self._left = self._left, 0
        with self._db.writing(bulk=True) as session:
            if lapsed:
                provider_paces.give_back(session, self._provider, lapsed, apart=self._apart)
            begins = provider_paces.reserve(
                session, self._provider, self._at_once, apart=self._apart, patience=PATIENCE
            )
        if isinstance(begins, Rest):
            return begins
        self._begins, self._left, self._used = begins, self._at_once, 0
        return None

    def _until(self, rest: Rest) -> int:
        left = rest.until - clock.now()
        if left <= PATIENCE:
            return rest.until
        if rest.said:
            raise Parked(self._called, rest.said, retry_after=left / clock.SECOND)
        sentence = f"{self._called} is asked too often at the moment."
        raise NotYet(self._called, sentence, retry_after=left / clock.SECOND)

    def _wait(self, until: int) -> None:
        left = (until - clock.now()) / clock.SECOND
        if left > 0:
            self._say()
            time.sleep(min(left, _STEP))

    def _give_back(self) -> None:
        if self._left:
            with self._db.writing(bulk=True) as session:
                provider_paces.give_back(session, self._provider, self._left, apart=self._apart)
            self._left = 0


def of(run: Run, provider: str, say: Callable[[], None] | None = None) -> Turns:
    """Return a job's turns at a provider, one of PROVIDERS."""
    about = PROVIDERS[provider]
    return Turns(
        run.db,
        provider,
        per_second=_pace(run.settings, about),
        say=say or (lambda: run.report(f"Asking {about.called}")),
    )


def _pace(settings: Settings, about: Provider) -> float:
    """Return how many calls a second the house makes; what stands in for another has no quota."""
    real = Settings.model_fields[about.setting].default
    is_real = getattr(settings, about.setting) == real
    return about.per_second if is_real else _OF_A_STAND_IN
