"""Consents of people at other services: whom they are at, what they cover, what comes of one."""

from calendar import monthrange
from collections.abc import Iterable
from typing import NamedTuple

from pydantic import SecretStr

from core import clock
from core.errors import NeedledropError
from core.settings import Settings

SPOTIFY, GOOGLE = "spotify", "google"
NAMES = {SPOTIFY: "Spotify", GOOGLE: "Google"}

# What Spotify is asked for first; changing playlists only when somebody wants that.
SPOTIFY_READS = (
    "user-read-private", "playlist-read-private", "playlist-read-collaborative",
    "user-library-read", "user-follow-read", "user-read-recently-played", "user-top-read",
)  # fmt: skip
SPOTIFY_WRITES = ("playlist-modify-private", "playlist-modify-public")
GOOGLE_SCOPES = ("https://www.googleapis.com/auth/youtube",)

OK, RECONNECT = "OK", "RECONNECT"
BANNER_DAYS = (30, 7, 1)  # before a consent ends, its person is told
_MONTHS = {SPOTIFY: 6}  # a consent lasts, however often its tokens are renewed
LONGEST_SECONDS = 86_400  # an access token that is said to hold for longer counts as one of a day
_FRESH_SECONDS = 60
_TESTING = 8 * clock.DAY  # within, Google ends the consents of an app in testing


class Tokens(NamedTuple):
    """What a token endpoint gives. `refresh` None: the one before holds on; `scopes` None: too.

    `seconds`: how long `access` holds.
    """

    access: SecretStr
    refresh: SecretStr | None
    seconds: int
    scopes: str | None


class Account(NamedTuple):
    """Whose account it is: `subject` never changes and is no e-mail address.

    `formerly`: another mark of the same account, by which it may be known from before.
    """

    subject: str
    name: str
    formerly: str | None = None


class Held(NamedTuple):
    """What is held of a consent: `seconds` that `access` holds on; both None where it has ended."""

    status: str
    last_error: str | None
    version: int
    access: SecretStr | None
    refresh: SecretStr | None
    seconds: float

    @property
    def is_fresh(self) -> bool:
        """Say whether the access token may be used; not by a clock that must have jumped."""
        return self.access is not None and _FRESH_SECONDS < self.seconds <= LONGEST_SECONDS


class Access(NamedTuple):
    """An access token that holds for a minute at least. `version`: of the grant it is of."""

    token: SecretStr
    version: int


class ReconnectNeeded(NeedledropError):
    """Consent has ended, or there is none: only the person can give it (again)."""

    status = 409

    def __init__(self, provider: str, why: str | None = None) -> None:
        said = f" ({why})" if why else ""
        super().__init__(
            f"{NAMES[provider]} is not connected{said}: connect it on the page “Connections” of "
            "your account."
        )
        self.provider = provider


class ScopeNeeded(NeedledropError):
    """Consent is there, and does not cover this."""

    status = 409

    def __init__(self, provider: str, scopes: tuple[str, ...]) -> None:
        super().__init__(
            f"{NAMES[provider]} has to be allowed to do this first: open “Connections” of your "
            "account, and allow it there."
        )
        self.provider, self.scopes = provider, scopes


def is_configured(settings: Settings, provider: str) -> bool:
    """Say whether the house has an app at this provider, which people can give consent to."""
    ids = {SPOTIFY: settings.spotify_client_id, GOOGLE: settings.google_client_id}
    return bool(ids[provider])


def lacking(granted: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """Return those of the wanted scopes that are not granted, in their order."""
    held = set(granted)
    return tuple(scope for scope in wanted if scope not in held)


def ends_at(provider: str, authorised_at: int) -> int | None:
    """Return when a consent of that moment ends by itself; None where nobody knows.

    >>> from datetime import UTC, datetime
    >>> given = clock.moment(datetime(2026, 8, 31, 12, tzinfo=UTC))
    >>> clock.utc(ends_at(SPOTIFY, given) or 0).date().isoformat()
    '2027-02-28'
    """
    if provider not in _MONTHS:
        return None
    given = clock.utc(authorised_at)
    months = given.month - 1 + _MONTHS[provider]
    year, month = given.year + months // 12, months % 12 + 1
    day = min(given.day, monthrange(year, month)[1])
    return clock.moment(given.replace(year=year, month=month, day=day))


def why_it_ended(provider: str, said: str, age: int) -> str:
    """Return what to tell of a consent that is refused `age` ms after it was given."""
    if provider == GOOGLE and age < _TESTING:
        return "an app in testing is forgotten after seven days: publish it in Google’s console"
    return said
