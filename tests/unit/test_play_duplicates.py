"""When two sources tell of one play, and when of two."""

from itertools import count, permutations
from typing import Any

import pytest

from core.plays import Source, Standing
from database.play_duplicates import Sighting, groups
from database.play_standing import Facts, standing

AT = 1_700_000_000_000 - 1_700_000_000_000 % 60_000  # a whole minute
_ids = count(1)
_SONG = frozenset({("music", "spoon", "can")})


def seen(source: Source, seconds: float, client: str = "", **said: Any) -> Sighting:
    """A sighting of one song, so many seconds after `AT`."""
    number = next(_ids)
    usual: dict[str, Any] = {
        "id": number,
        "row_key": number,
        "source": source,
        "origin": (source, client),
        "song": 1,
        "keys": _SONG,
        "started_at": AT + round(1000 * seconds),
        "ended_at": None,
        "paused_at": None,
        "has_minute": "",
        "is_marked": False,
    }
    return Sighting(**usual | said)


def plays(*sightings: Sighting) -> int:
    return len(groups(sightings))


@pytest.mark.parametrize(("apart", "many"), [(0, 1), (30, 1), (31, 2)])
def test_two_sources_tell_of_one_play_up_to_thirty_seconds_apart(apart: int, many: int) -> None:
    assert plays(seen(Source.LASTFM, 0), seen(Source.SPOTIFY_EXTENDED, apart)) == many


@pytest.mark.parametrize(("apart", "many"), [(60, 1), (61, 2)])
def test_players_of_subsonic_servers_have_a_minute(apart: int, many: int) -> None:
    assert plays(seen(Source.LASTFM, 0), seen(Source.SCROBBLE, apart, "navidrome")) == many


@pytest.mark.parametrize(("apart", "many"), [(10, 1), (11, 2)])
def test_a_source_that_tells_the_end_as_the_start_is_found_by_it(apart: int, many: int) -> None:
    exported = seen(Source.SPOTIFY_EXTENDED, 0, ended_at=AT + 200_000)

    assert plays(exported, seen(Source.KOITO, 200 + apart)) == many


@pytest.mark.parametrize(("apart", "many"), [(0, 1), (10, 1), (-10, 1), (11, 2)])
def test_what_was_just_played_may_be_known_by_its_end(apart: int, many: int) -> None:
    just_played = seen(Source.SPOTIFY_API, 200, paused_at=AT)

    assert plays(just_played, seen(Source.SCROBBLE, apart, "pano")) == many
    assert plays(seen(Source.SPOTIFY_EXTENDED, apart, ended_at=AT + 200_000), just_played) == 1


def test_of_two_in_a_row_each_is_one_whether_their_starts_or_their_ends_are_told() -> None:
    scrobbled = [seen(Source.SCROBBLE, at, "pano") for at in (0, 200)]
    starts = [seen(Source.SPOTIFY_API, at, paused_at=AT + (at - 200) * 1_000) for at in (1, 201)]

    assert plays(*scrobbled, *starts) == 2


def test_within_a_source_nothing_is_a_duplicate_and_two_clients_are_two() -> None:
    assert plays(seen(Source.LASTFM, 0), seen(Source.LASTFM, 1)) == 2
    assert plays(seen(Source.SCROBBLE, 0, "pano"), seen(Source.SCROBBLE, 1, "pano")) == 2
    assert plays(seen(Source.SCROBBLE, 0, "pano"), seen(Source.SCROBBLE, 1, "navidrome")) == 1


def test_another_song_is_another_play() -> None:
    other = seen(Source.LASTFM, 0, keys=frozenset({("music", "vitamin c", "can")}))

    assert plays(seen(Source.SPOTIFY_EXTENDED, 0), other) == 2


def test_what_was_played_twice_stays_two_whatever_comes_first() -> None:
    told = [
        seen(source, at) for source in (Source.LASTFM, Source.SPOTIFY_EXTENDED) for at in (0, 20)
    ]

    for order in permutations(told):
        found = sorted(sorted(one.started_at for one in group) for group in groups(order))
        assert found == [[AT, AT], [AT + 20_000, AT + 20_000]]


def test_the_best_source_counts_and_what_was_marked_goes_before_it() -> None:
    exported, lastfm = seen(Source.SPOTIFY_EXTENDED, 0), seen(Source.LASTFM, 0)
    assert groups([lastfm, exported])[0][0] is exported

    marked = lastfm._replace(is_marked=True)
    assert groups([marked, exported])[0][0] is marked


@pytest.mark.parametrize(
    ("rule", "ms", "counts"),
    [
        ("all", 0, True),
        ("30s", 29_999, False),
        ("30s", 30_000, True),
        ("half", 99_999, False),
        ("half", 100_000, True),
        ("end", 199_000, False),
    ],
)
def test_a_rule_decides_on_what_was_begun(rule: str, ms: int, counts: bool) -> None:
    facts = Facts(Source.SPOTIFY_EXTENDED, "music", ms, 200_000, "fwdbtn")

    assert standing(facts, rule) == (Standing.COUNTED if counts else Standing.SHORT)
    # What a player scrobbled counts by any of them.
    assert standing(facts._replace(source=Source.SCROBBLE), rule) == Standing.COUNTED
