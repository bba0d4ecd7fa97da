"""How plays were played: skipped or to the end, on what, where; as far as their source says.

Read from the tallies, which are kept by month: a span is made of whole months. Duplicates do
not count, what was short does: a skip is short.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from core.names import fold
from core.plays import Source
from database.listeners import Whose
from database.models import PlayContext
from database.play_rows import in_many

_TALLIES = text("""
    SELECT context_id, source, CAST(SUM(plays) AS BIGINT) AS plays
      FROM play_tallies
     WHERE person_id IN :people AND month BETWEEN :first AND :last AND standing IN (0, 1)
     GROUP BY context_id, source
""").bindparams(bindparam("people", expanding=True))
_IS_ESTIMATED = text("""
    SELECT EXISTS (SELECT 1
                     FROM play_tallies
                    WHERE person_id IN :people AND month BETWEEN :first AND :last
                      AND is_estimated = 1 AND standing = 0)
""").bindparams(bindparam("people", expanding=True))

_SKIPS = frozenset({"fwdbtn", "backbtn", "clickrow", "clickside", "playbtn"})
_TO_THE_END = "trackdone"
# The first that is part of what a source says of a platform.
_PLATFORMS = (
    ("web_player", "Web player"),
    ("webplayer", "Web player"),
    ("android-tablet", "Android"),
    ("android", "Android"),
    ("ios", "iPhone or iPad"),
    ("iphone", "iPhone or iPad"),
    ("ipad", "iPhone or iPad"),
    ("cast", "Speaker or television"),
    ("sonos", "Speaker or television"),
    ("partner", "Speaker or television"),
    ("tv", "Speaker or television"),
    ("playstation", "Games console"),
    ("xbox", "Games console"),
    ("windows", "Windows"),
    ("os x", "Mac"),
    ("osx", "Mac"),
    ("macos", "Mac"),
    ("linux", "Linux"),
)


class Part(NamedTuple):
    """So many plays of one kind; `share` in per cent of those that say."""

    name: str
    plays: int
    share: float


class Share(NamedTuple):
    """Of `told` plays that say so or not, `plays` do; `share` in per cent, 0 where none says."""

    plays: int
    told: int

    @property
    def share(self) -> float:
        return round(100 * self.plays / self.told, 1) if self.told else 0.0


class How(NamedTuple):
    """`told`: plays of which anything is said, of `plays` in all."""

    plays: int
    told: int
    to_the_end: Share
    skipped: Share
    shuffled: Share
    offline: Share
    private: Share
    platforms: list[Part]
    countries: list[Part]
    endings: list[Part]
    players: list[Part]
    sources: list[Part]


class _Tally(NamedTuple):
    context: PlayContext | None
    source: int
    plays: int


def how(session: Session, whose: Whose, first: int, last: int) -> How:
    """Return how the plays of months, YYYYMM, from the first to the last were played."""
    found = list(_tallies(session, whose, first, last))
    known = [one for one in found if one.context is not None]
    return How(
        sum(one.plays for one in found),
        sum(one.plays for one in known),
        _share(known, lambda it: it.reason_end == _TO_THE_END if it.reason_end else None),
        _share(known, _is_skipped),
        _share(known, lambda it: it.is_shuffled),
        _share(known, lambda it: it.is_offline),
        _share(known, lambda it: it.is_private),
        _parts(known, lambda it: platform(it.platform) if it.platform else None),
        _parts(known, lambda it: it.country if it.country != "ZZ" else None),
        _parts(known, lambda it: it.reason_end),
        _parts(known, lambda it: it.player or it.client or it.service),
        _of_sources(found),
    )


def _tallies(session: Session, whose: Whose, first: int, last: int) -> Iterator[_Tally]:
    asked = {"people": list(whose.person_ids), "first": first, "last": last}
    rows = session.execute(_TALLIES, asked).all()
    contexts = {
        row.PlayContext.id: row.PlayContext
        for row in in_many(
            session, select(PlayContext), PlayContext.id, {row.context_id for row in rows}
        )
    }
    for row in rows:
        yield _Tally(contexts.get(row.context_id), row.source, row.plays)


def _is_skipped(context: PlayContext) -> bool | None:
    """Say whether a play was left before its end: as told, or by the button that ended it."""
    if context.is_skipped is not None:
        return context.is_skipped
    return context.reason_end in _SKIPS if context.reason_end else None


def _share(known: list[_Tally], say: Callable[[PlayContext], bool | None]) -> Share:
    told = Counter[bool]()
    for one in known:
        if one.context is not None and (said := say(one.context)) is not None:
            told[said] += one.plays
    return Share(told[True], told.total())


def _parts(known: list[_Tally], say: Callable[[PlayContext], str | None]) -> list[Part]:
    told = Counter[str]()
    for one in known:
        if one.context is not None and (said := say(one.context)):
            told[said] += one.plays
    return _shared(told)


def _of_sources(found: list[_Tally]) -> list[Part]:
    told = Counter[str]()
    for one in found:
        told[Source(one.source).words] += one.plays
    return _shared(told)


def _shared(told: "Counter[str]") -> list[Part]:
    in_all = told.total()
    rows = sorted(told.items(), key=lambda one: (-one[1], fold(one[0])))
    return [Part(name, plays, round(100 * plays / in_all, 1)) for name, plays in rows]


def platform(said: str) -> str:
    """Return in a word what a source says of a platform.

    >>> platform("Android OS 13 API 33 (Fairphone, FP4)")
    'Android'
    """
    folded = fold(said)
    return next((word for part, word in _PLATFORMS if part in folded), "Something else")


def has_estimates(session: Session, whose: Whose, first: int, last: int) -> bool:
    """Say whether months have plays that count of which nobody said how long they lasted."""
    asked = {"people": list(whose.person_ids), "first": first, "last": last}
    return bool(session.scalar(_IS_ESTIMATED, asked))
