"""Which plays of several sources are one: a function of the plays around, and of nothing else.

So it does not matter in which order histories come in, and taking one back frees what it stood
for. Within a source nothing is a duplicate; the key of its row sees to that.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from core import clock
from core.plays import Source

CLOSE = 30 * clock.SECOND
CLOSE_BY_LOOSE_CLOCKS = 60 * clock.SECOND
TOUCHING = 10 * clock.SECOND  # where one source tells the end as the start
# No two further apart are one: a pause lasts a day at the most.
REACH = 26 * clock.HOUR
_LONGEST_SONG = 12 * clock.HOUR
# Players of Subsonic servers say when a play was sent, not when it began.
_LOOSE = ("navidrome", "subsonic", "airsonic", "gonic", "funkwhale")


class Sighting(NamedTuple):
    """A play as one source saw it. Moments in milliseconds.

    `origin`: the source, and of scrobbles the client. `keys`: it may be the same song as
    whatever shares one of them, see `Identity`; `song`: equal for all that may.
    `ended_at` and `paused_at`: None where nobody knows; the second is a start that would fit as
    well. `has_minute`: 'start' or 'end' where only the minute of that is known.
    """

    id: int
    row_key: int
    source: Source
    origin: tuple[int, str]
    song: int
    keys: frozenset[object]
    started_at: int
    ended_at: int | None
    paused_at: int | None
    has_minute: str
    is_marked: bool

    @property
    def first_at(self) -> int:
        if self.source is not Source.SPOTIFY_API or self.paused_at is None:
            return self.started_at
        return min(self.started_at, self.paused_at)

    @property
    def last_at(self) -> int:
        last = max(self.started_at, self.ended_at or 0, self.paused_at or 0)
        return min(last, self.started_at + REACH - CLOSE_BY_LOOSE_CLOCKS)

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """Return what the best of several sightings has least of.

        What a person put in or marked goes first: nothing that comes later may undo that.
        """
        first = 0 if self.source.is_by_hand else 1 if self.is_marked else 2
        return first, self.source, self.started_at, self.row_key


class _Link(NamedTuple):
    step: int
    distance: int
    started_at: int
    keys: tuple[int, int]
    one: int
    other: int


def begun_at(source: int, started_at: int, duration_ms: int | None) -> int | None:
    """Return when a play has begun if what is known of it is its end; None where it is not that.

    Spotify tells one moment of what was just played, and does not say which.
    """
    if source != Source.SPOTIFY_API or not 0 < (duration_ms or 0) <= _LONGEST_SONG:
        return None
    return started_at - (duration_ms or 0)


def clusters(sightings: Sequence[Sighting]) -> list[list[Sighting]]:
    """Return the sightings in parts that have nothing to do with each other."""
    part = list(range(len(sightings)))

    def root(place: int) -> int:
        while part[place] != place:
            part[place] = place = part[part[place]]
        return place

    for link in _links(sightings):
        part[root(link.one)] = root(link.other)
    found: dict[int, list[Sighting]] = defaultdict(list)
    for place, one in enumerate(sightings):
        found[root(place)].append(one)
    return list(found.values())


def groups(sightings: Sequence[Sighting]) -> list[list[Sighting]]:
    """Return the plays, each with all sightings of it, the best one first.

    Nearest pairs first; a play has at most one sighting of each origin, so that what was
    really played twice stays two.
    """
    parties = [_Party([place], {one.origin}) for place, one in enumerate(sightings)]
    for link in sorted(_links(sightings)):
        one, other = parties[link.one], parties[link.other]
        if one is other or one.origins & other.origins:
            continue
        if len(one.places) < len(other.places):
            one, other = other, one
        one.places += other.places
        one.origins |= other.origins
        for place in other.places:
            parties[place] = one
    return [
        sorted((sightings[place] for place in party.places), key=lambda it: it.rank)
        for party in {id(party): party for party in parties}.values()
    ]


@dataclass
class _Party:
    places: list[int]
    origins: set[tuple[int, str]] = field(default_factory=set)


def _links(sightings: Sequence[Sighting]) -> Iterator[_Link]:
    by_song: dict[int, list[int]] = defaultdict(list)
    for place in sorted(range(len(sightings)), key=lambda place: sightings[place].first_at):
        by_song[sightings[place].song].append(place)
    for places in by_song.values():
        for at, place in enumerate(places[:-1]):
            one = sightings[place]
            reach = one.last_at + CLOSE_BY_LOOSE_CLOCKS
            for later in places[at + 1 :]:
                other = sightings[later]
                if other.first_at > reach:
                    break
                if found := _link(one, other):
                    step, distance = found
                    first = min(one.started_at, other.started_at)
                    keys = (min(one.row_key, other.row_key), max(one.row_key, other.row_key))
                    yield _Link(step, distance, first, keys, place, later)


def _link(one: Sighting, other: Sighting) -> tuple[int, int] | None:
    """Return in which step two may be taken for one and how far apart they are, or None."""
    if one.origin == other.origin or one.keys.isdisjoint(other.keys):
        return None
    if _is_correction(one, other):
        return None
    if one.has_minute or other.has_minute:
        return (1, 0) if _is_same_minute(one, other) else None
    apart = abs(one.started_at - other.started_at)
    if apart <= (CLOSE_BY_LOOSE_CLOCKS if _is_loose(one) or _is_loose(other) else CLOSE):
        return 1, apart
    touching = min(_touching(one, other), _touching(other, one))
    return (2, touching) if touching <= TOUCHING else None


def _touching(one: Sighting, other: Sighting) -> int:
    """Return how far an end of one is from the start of the other."""
    ends = [moment for moment in (one.ended_at, one.paused_at) if moment is not None]
    return min((abs(moment - other.started_at) for moment in ends), default=TOUCHING + 1)


def _is_correction(one: Sighting, other: Sighting) -> bool:
    """Say whether one is marked and the other put in by hand: they are meant to be apart."""
    return (one.is_marked and other.source.is_by_hand) or (
        other.is_marked and one.source.is_by_hand
    )


def _is_loose(one: Sighting) -> bool:
    return one.source is Source.SCROBBLE and one.origin[1].startswith(_LOOSE)


def _is_same_minute(one: Sighting, other: Sighting) -> bool:
    """Say whether two may have ended at one moment, or begun where not both tell their end.

    What tells the minute of its end has begun within a minute, too.
    """
    first, second = one.started_at, other.started_at
    if "end" in (one.has_minute, other.has_minute) and one.ended_at and other.ended_at:
        first, second = one.ended_at, other.ended_at
    return first < second + _vague(other) and second < first + _vague(one)


def _vague(one: Sighting) -> int:
    """Return within how many milliseconds from when it says it was."""
    return clock.MINUTE if one.has_minute else 1


class Identity(NamedTuple):
    """By what a track is compared with another, which has to share one of `keys` with it.

    They are what it counts as; its names elsewhere (Spotify's, ISRC, MusicBrainz') with those of
    all that count as the same; its bare title with each of its artists.
    """

    kind: str
    keys: frozenset[object]


def identity(
    kind: str, one: int, names: Iterable[tuple[str, str]], song_key: str, artists: Iterable[str]
) -> Identity:
    """Return by what a track is compared; `one`: the id of what it counts as."""
    keys = {*names, *((kind, song_key, artist) for artist in artists)}
    return Identity(kind, frozenset({("one", one), *keys}))


def songs(tracks: Mapping[int, Identity]) -> dict[int, int]:
    """Return for each of some tracks a number that all have that may be the same song."""
    first: dict[object, int] = {}
    song = {track_id: track_id for track_id in tracks}

    def root(track_id: int) -> int:
        while song[track_id] != track_id:
            song[track_id] = track_id = song[song[track_id]]
        return track_id

    for track_id, one in tracks.items():
        for key in one.keys:
            song[root(track_id)] = root(first.setdefault(key, track_id))
    return {track_id: root(track_id) for track_id in tracks}
