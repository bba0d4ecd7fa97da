"""What pages of listening read: places, first and last plays, discovery, what people share."""

from collections.abc import Sequence
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.plays import Context, Heard, Named, Source, row_key
from database import (
    artist_genres,
    listeners,
    play_discovery,
    play_how,
    play_lists,
    play_pages,
    play_ranks,
    play_search,
    play_shared,
    play_streaks,
)
from database.listeners import Whose
from database.models import Album, Artist, Play, Track
from database.owner import Owner
from database.play_intake import Intake
from database.play_lists import Wanted
from database.play_sums import Kind
from database.play_windows import ALWAYS
from tests import factories

CAN = Named("Vitamin C", ("Can",), "Ege Bamyasi", "Can")
SPOON = Named("Spoon", ("Can",), "Ege Bamyasi", "Can")
NEU = Named("Hallogallo", ("Neu!",), "Neu!", "Neu!")
GUEST = Named("Super", ("Neu!", "Can"), "Neu! 2", "Neu!")
MINUTES_3 = 180_000


def at(day: str, hour: int = 12) -> int:
    return clock.moment(clock.utc(0).fromisoformat(f"{day}T{hour:02}:00:00+00:00"))


def bring(
    session: Session,
    person_id: int,
    plays: Sequence[tuple[Named, int]],
    source: Source = Source.SCROBBLE,
    **said: object,
) -> None:
    heard = [
        Heard(
            named,
            start,
            source,
            row_key(source, start, named.title),
            duration_ms=MINUTES_3,
            **said,  # type: ignore[arg-type]
        )
        for named, start in plays
    ]
    Intake(person_id).take(session, heard)


@pytest.fixture
def alice(session: Session) -> Whose:
    person_id = factories.person(session, "alice").id
    return Whose(person_id, (person_id,), "UTC")


@pytest.fixture
def bob(session: Session) -> Whose:
    person_id = factories.person(session, "bob").id
    return Whose(person_id, (person_id,), "UTC")


def artist_id(session: Session, name: str) -> int:
    return session.scalars(select(Artist.id).where(Artist.name == name)).one()


def track_id(session: Session, title: str) -> int:
    return session.scalars(select(Track.id).where(Track.title == title)).one()


def test_the_place_is_one_more_than_those_played_more_often(session: Session, alice: Whose) -> None:
    plays = [(NEU, at("2024-01-01")), (NEU, at("2024-01-02")), (CAN, at("2024-01-03"))]
    bring(session, alice.id, [*plays, (SPOON, at("2025-01-01"))])

    spoon = track_id(session, "Spoon")
    assert play_ranks.for_ever(session, alice, Kind.TRACK, spoon) == (1, MINUTES_3, 2)
    # Equals share a place.
    assert play_ranks.for_ever(session, alice, Kind.ARTIST, artist_id(session, "Can")).place == 1
    assert play_ranks.by_year(session, alice, Kind.ARTIST, artist_id(session, "Can")) == [
        (2024, 1, MINUTES_3, 2),
        (2025, 1, MINUTES_3, 1),
    ]


def test_what_was_never_played_has_no_place(session: Session, alice: Whose) -> None:
    assert play_ranks.for_ever(session, alice, Kind.ARTIST, 7) == (0, 0, 0)
    assert play_ranks.by_year(session, alice, Kind.ARTIST, 7) == []


def test_an_artists_first_and_last_play_are_of_any_credit(
    session: Session, alice: Whose, bob: Whose
) -> None:
    bring(session, alice.id, [(CAN, at("2024-05-01")), (GUEST, at("2024-06-01"))])
    bring(session, bob.id, [(GUEST, at("2023-01-01"))])

    found = play_pages.ends(session, Kind.ARTIST, artist_id(session, "Can"), [alice.id, bob.id])

    assert found == {
        alice.id: (at("2024-05-01"), at("2024-06-01")),
        bob.id: (at("2023-01-01"), at("2023-01-01")),
    }


@pytest.mark.parametrize(("kind", "plays"), [(Kind.ARTIST, 3), (Kind.ALBUM, 2), (Kind.TRACK, 2)])
def test_months_add_up_to_all_plays(session: Session, alice: Whose, kind: Kind, plays: int) -> None:
    bring(
        session,
        alice.id,
        [(CAN, at("2024-01-31", 23)), (CAN, at("2024-02-01")), (GUEST, at("2024-02-02"))],
    )
    item = {
        Kind.ARTIST: artist_id(session, "Can"),
        Kind.ALBUM: session.scalars(select(Album.id).where(Album.title == "Ege Bamyasi")).one(),
        Kind.TRACK: track_id(session, "Vitamin C"),
    }[kind]

    months = play_pages.months(session, alice, kind, item)

    assert [one.month for one in months] == [202401, 202402]
    assert sum(one.plays for one in months) == plays
    assert sum(one.ms for one in months) == plays * MINUTES_3


def test_an_albums_tracks_add_up_to_its_plays(session: Session, alice: Whose) -> None:
    """Also where a track of it counts as the same one of another album."""
    single = Named("Spoon", ("Can",), "Spoon", "Can")
    bring(session, alice.id, [(SPOON, at("2024-01-01")), (single, at("2024-01-02"))])
    bring(session, alice.id, [(CAN, at("2024-01-03"))])

    album = session.scalars(select(Album.id).where(Album.title == "Ege Bamyasi")).one()
    tracks = play_pages.on_album(session, alice, album, 10)
    assert {one.name: one.plays for one in tracks} == {"Spoon": 1, "Vitamin C": 1}
    assert play_ranks.for_ever(session, alice, Kind.ALBUM, album).plays == 2


def test_an_artists_tracks_and_albums_are_those_with_any_credit(
    session: Session, alice: Whose
) -> None:
    bring(session, alice.id, [(CAN, at("2024-01-01")), (GUEST, at("2024-01-02"))])
    bring(session, alice.id, [(NEU, at("2024-01-03"))])

    can = artist_id(session, "Can")
    assert [one.name for one in play_pages.songs_of(session, alice, can, 9)] == [
        "Super",
        "Vitamin C",
    ]
    assert {one.name for one in play_pages.albums_of(session, alice, can, 9)} == {
        "Ege Bamyasi",
        "Neu! 2",
    }


def test_an_artist_is_new_once(session: Session, alice: Whose) -> None:
    bring(session, alice.id, [(CAN, at("2023-03-01")), (CAN, at("2024-03-01"))])
    bring(session, alice.id, [(NEU, at("2024-05-01")), (NEU, at("2024-06-01"))])

    assert play_discovery.by_month(session, alice) == {202303: 1, 202405: 1}
    new = play_discovery.of_year(session, alice, 2024, 10)
    assert [(one.name, one.month, one.plays, one.since) for one in new] == [("Neu!", 202405, 2, 2)]
    assert play_discovery.count(session, alice, 2024) == (1, 2)
    assert play_discovery.count(session, alice, 2022) == (0, 0)


def test_equals_stand_by_their_names_whoever_was_heard_first(
    session: Session, alice: Whose
) -> None:
    bring(session, alice.id, [(NEU, at("2024-05-01")), (CAN, at("2024-05-02"))])

    assert [one.name for one in play_discovery.of_year(session, alice, 2024, 1)] == ["Can"]
    assert [top.name for top in play_ranks.most_by_month(session, alice, 2024)] == ["Can"]


def test_what_is_shared_counts_as_often_as_the_least_of_all(
    session: Session, alice: Whose, bob: Whose
) -> None:
    bring(session, alice.id, [(CAN, at(f"2024-01-{day:02}")) for day in range(1, 6)])
    bring(session, alice.id, [(NEU, at("2024-02-01"))])
    bring(session, bob.id, [(CAN, at(f"2024-01-{day:02}", 15)) for day in range(1, 3)])

    found = play_shared.shared(session, Kind.ARTIST, [alice.id, bob.id], 10)

    assert [(one.name, one.least, one.plays) for one in found] == [("Can", 2, 7)]
    assert play_shared.shared(session, Kind.ARTIST, [alice.id], 10) == []


def test_the_household_together_is_the_sum_of_its_people(
    session: Session, alice: Whose, bob: Whose
) -> None:
    bring(session, alice.id, [(CAN, at("2024-01-01")), (NEU, at("2024-01-02"))])
    bring(session, bob.id, [(CAN, at("2024-01-03"))])

    us, can = listeners.household(session), artist_id(session, "Can")
    by_person = play_shared.plays_of(session, Kind.ARTIST, [can], [alice.id, bob.id])
    assert play_ranks.for_ever(session, us, Kind.ARTIST, can).plays == sum(by_person[can].values())


def test_people_are_alike_by_the_smaller_of_both_shares(
    session: Session, alice: Whose, bob: Whose
) -> None:
    bring(session, alice.id, [(CAN, at("2024-01-01")), (NEU, at("2024-01-02"))])
    bring(session, bob.id, [(CAN, at(f"2024-01-0{day}", 15)) for day in (1, 2, 3)])
    bring(session, bob.id, [(NEU, at("2024-01-04", 15))])

    # Half and half against three quarters and one.
    assert play_shared.alike(session, [alice.id, bob.id]) == [(alice.id, bob.id, 75.0)]


def test_who_played_an_artist_first_brought_it_in(
    session: Session, alice: Whose, bob: Whose
) -> None:
    bring(session, alice.id, [(CAN, at("2024-01-02"))])
    bring(session, bob.id, [(GUEST, at("2024-01-01"))])

    can = artist_id(session, "Can")
    found = play_shared.brought_in(session, [can], [alice.id, bob.id])
    assert found == {can: (bob.id, at("2024-01-01"))}


def test_search_finds_all_words_folded_and_only_what_was_played(
    session: Session, alice: Whose, bob: Whose
) -> None:
    bring(session, alice.id, [(Named("Ätherwellen 100%", ("Motörhead",)), at("2024-01-01"))])
    bring(session, bob.id, [(CAN, at("2024-01-01"))])

    found = play_search.search(session, alice, "  WELLEN äther ", 10)
    assert [one.name for one in found.tracks] == ["Ätherwellen 100%"]
    assert [one.name for one in play_search.search(session, alice, "100%", 10).tracks] != []
    assert play_search.search(session, alice, "1_0", 10).tracks == []
    assert play_search.search(session, alice, "can", 10) == ([], [], [])
    assert [one.name for one in play_search.search(session, bob, "can", 10).artists] == ["Can"]


def test_namesakes_stay_apart(session: Session, alice: Whose) -> None:
    """Must show 5.5.4: namesakes stay apart."""
    other = Named("Hallogallo", ("Somebody else",))
    bring(session, alice.id, [(NEU, at("2024-01-01")), (other, at("2024-01-02"))])

    found = play_search.search(session, alice, "hallogallo", 10).tracks
    assert [(one.credit, one.plays) for one in found] == [("Neu!", 1), ("Somebody else", 1)]


def test_a_list_goes_on_where_it_stopped_also_within_one_moment(
    session: Session, alice: Whose, bob: Whose
) -> None:
    """Must show 5.5.8: two plays in one second both stay."""
    same = at("2024-01-01")
    bring(session, alice.id, [(CAN, same), (NEU, same), (SPOON, same), (CAN, at("2024-01-02"))])
    bring(session, bob.id, [(GUEST, same)])

    seen, after = [], None
    for _ in range(9):
        page = play_lists.page(session, [alice.id, bob.id], Wanted(), "UTC", after=after, limit=2)
        seen += [one.id for one in page.plays]
        after = page.more
        if after is None:
            break
    every = session.scalars(select(Play.id).order_by(Play.started_at.desc(), Play.id.desc())).all()
    assert seen == every


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        (Wanted(), ["Super", "Hallogallo", "Vitamin C"]),
        (Wanted(q="NEU!"), ["Super", "Hallogallo"]),
        (Wanted(q="vit c"), ["Vitamin C"]),
        (Wanted(q="nothing"), []),
        (Wanted(which="short"), ["Spoon"]),
        (Wanted(which="not"), ["Spoon"]),
        (Wanted(which="all"), ["Spoon", "Super", "Hallogallo", "Vitamin C"]),
        (Wanted(which="deleted"), []),
        (Wanted(source=Source.LASTFM), ["Hallogallo"]),
        (Wanted(source=Source.SPOTIFY_EXTENDED, which="all"), ["Spoon"]),
        (Wanted(source=Source.SPIN), []),
        (Wanted(day="2024-01-02"), ["Hallogallo"]),
        (Wanted(day="2024-01-02", q="can"), []),
    ],
    ids=str,
)
def test_a_list_holds_what_was_asked_for(
    session: Session, alice: Whose, wanted: Wanted, titles: list[str]
) -> None:
    bring(session, alice.id, [(CAN, at("2024-01-01")), (GUEST, at("2024-03-01"))])
    bring(session, alice.id, [(NEU, at("2024-01-02"))], Source.LASTFM)
    bring(session, alice.id, [(SPOON, at("2024-04-01"))], Source.SPOTIFY_EXTENDED, ms_played=9_000)

    assert [
        one.title for one in play_lists.page(session, [alice.id], wanted, "UTC").plays
    ] == titles


def test_rare_plays_are_paged_across_months(session: Session, alice: Whose) -> None:
    rare = [(SPOON, at(f"2024-{month:02}-{day:02}")) for month in (1, 3, 6) for day in (1, 2, 3)]
    bring(session, alice.id, rare, Source.LASTFM)
    bring(session, alice.id, [(CAN, at(f"2024-{month:02}-15")) for month in range(1, 13)])

    seen, after = [], None
    while True:
        wanted = Wanted(source=Source.LASTFM)
        page = play_lists.page(session, [alice.id], wanted, "UTC", after=after, limit=2)
        seen += [one.started_at for one in page.plays]
        after = page.more
        if after is None:
            break
    assert seen == sorted((start for _, start in rare), reverse=True)


def test_an_unreadable_key_begins_at_the_beginning(session: Session, alice: Whose) -> None:
    bring(session, alice.id, [(CAN, at("2024-01-01"))])

    for after in ("", "x", "5", "-", "1-x", f"{2**70}-1"):
        assert play_lists.page(session, [alice.id], Wanted(), "UTC", after=after).plays


def test_streaks_are_days_in_a_row() -> None:
    days = [20240228, 20240229, 20240301, 20240501, 20240502]

    found = play_streaks.streaks(days, date(2024, 5, 3))
    assert found.longest == (3, date(2024, 2, 28), date(2024, 3, 1))
    assert found.current == (2, date(2024, 5, 1), date(2024, 5, 2))
    assert play_streaks.streaks(days, date(2024, 5, 4)).current is None
    assert play_streaks.streaks([], date(2024, 5, 4)) == (None, None)


def test_a_pause_ends_a_sitting(session: Session, alice: Whose) -> None:
    start = at("2024-01-01")
    near, far = start + MINUTES_3 + 20 * clock.MINUTE, start + 2 * clock.HOUR
    bring(session, alice.id, [(CAN, start), (SPOON, near), (NEU, far)])

    found = play_streaks.sittings(session, alice.id, ALWAYS)
    assert (found.many, found.plays) == (2, 3)
    assert found.longest == (start, near + MINUTES_3, 2)
    assert found.ms == near + MINUTES_3 - start + MINUTES_3


def test_nobody_who_plays_nothing_sits(session: Session, alice: Whose) -> None:
    assert play_streaks.sittings(session, alice.id, ALWAYS) == (0, 0, 0, None)


def test_how_counts_short_plays_and_no_duplicate(session: Session, alice: Whose) -> None:
    spotify = Source.SPOTIFY_EXTENDED
    phone = Context(
        platform="Android OS 13", reason_end="trackdone", is_shuffled=True, country="DE"
    )
    web = Context(platform="web_player linux", reason_end="fwdbtn", country="ZZ")
    bring(session, alice.id, [(CAN, at("2024-01-01"))], spotify, ms_played=200_000, context=phone)
    bring(session, alice.id, [(NEU, at("2024-01-02"))], spotify, ms_played=2_000, context=web)
    bring(session, alice.id, [(CAN, at("2024-01-01"))], Source.LASTFM)

    found = play_how.how(session, alice, 202401, 202401)
    assert (found.plays, found.told) == (2, 2)
    assert found.to_the_end == (1, 2)
    assert found.skipped == (1, 2)
    assert found.shuffled == (1, 1)
    assert found.offline.share == 0.0
    assert [(one.name, one.share) for one in found.platforms] == [
        ("Android", 50.0),
        ("Web player", 50.0),
    ]
    assert [one.name for one in found.countries] == ["DE"]
    assert play_how.how(session, alice, 202402, 202412).plays == 0


def test_it_is_known_whether_time_is_estimated(session: Session, alice: Whose) -> None:
    bring(session, alice.id, [(CAN, at("2024-01-01"))], Source.SPOTIFY_EXTENDED, ms_played=99_000)
    assert not play_how.has_estimates(session, alice, 202401, 202401)

    bring(session, alice.id, [(NEU, at("2024-02-01"))], Source.LASTFM)
    assert play_how.has_estimates(session, alice, 0, 999_912)
    assert not play_how.has_estimates(session, alice, 202401, 202401)


def test_genres_are_replaced_and_kept_once(session: Session, alice: Whose) -> None:
    bring(session, alice.id, [(CAN, at("2024-01-01"))])
    can, owner = artist_id(session, "Can"), Owner(alice.id)

    artist_genres.put(session, can, "Rock,  kraut  rock, KRAUT ROCK", owner)
    assert artist_genres.put(session, can, "Kraut Rock, Jazz,", owner) == ["Jazz", "kraut rock"]
    assert artist_genres.put(session, can, "", owner) == []
