"""Which albums a record may be, what a person says of that, and what pages list."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound, TooMany
from core.library import Features
from database import quota, record_sound_pages, record_sounds, track_features
from database.models import Artist, LibraryAlbum, LibraryTrack, Person, Record, RecordSound
from database.owner import Owner
from database.record_sound_pages import Counts, Wanted
from database.record_sounds import Found
from tests import factories, sounds
from tests.work import statements


@pytest.fixture
def ada(session: Session) -> Person:
    return factories.person(session, "ada")


def album(
    session: Session, name: str, energies: Sequence[float | None] = (0.5,), artist: str = "Can"
) -> int:
    """Take an album in with a track for each of these energies; return its id."""
    told = [sounds.told(artist=artist, album=name) for _ in energies]
    pairs = zip(sounds.tracks(session, *told), energies, strict=True)
    said = [(id_, Features(energy=value)) for id_, value in pairs if value is not None]
    track_features.put(session, "csv", said)
    newest = select(LibraryTrack.album_id).order_by(LibraryTrack.id.desc()).limit(1)
    return session.scalars(newest).one() or 0


def may_be(session: Session, person: Person) -> dict[int, list[int]]:
    return record_sounds.albums_like(session, record_sounds.due(session, person.id).wanted)


def of(session: Session, record_id: int) -> record_sound_pages.Listed:
    found = record_sound_pages.of(session, record_id)
    assert found
    return found


def due(session: Session, person: Person, **more: Any) -> list[int]:
    return [one.sought.id for one in record_sounds.due(session, person.id, **more).wanted]


def test_a_record_may_be_the_albums_of_its_artist_and_title(session: Session, ada: Person) -> None:
    record_id = factories.record(session, ada, "Future Days", ["Can"])
    other = factories.record(session, ada, "100%_", ["a_b"])
    plain = album(session, "Future Days")
    edition = album(session, "Future Days (Remastered)")
    album(session, "Future Days", artist="Somebody else")
    album(session, "Past Days")
    album(session, "100%_", artist="axb")

    assert may_be(session, ada) == {record_id: [plain, edition], other: []}


def test_whose_tracks_alone_name_the_artist_comes_last(session: Session, ada: Person) -> None:
    record_id = factories.record(session, ada, "Hits", ["Can"])
    on = sounds.told(artist="Can", album="Hits")
    assert on.album
    several = on._replace(album=on.album._replace(artists=()))
    sounds.tracks(session, several)
    sampler = session.scalars(select(LibraryAlbum.id)).one()

    assert may_be(session, ada) == {record_id: [sampler]}
    own = album(session, "Hits")
    assert own > sampler and may_be(session, ada) == {record_id: [own, sampler]}


def test_an_artist_is_known_by_each_spelling(session: Session, ada: Person) -> None:
    record_id = factories.record(session, ada, "Future Days", ["The Can"])
    factories.record(session, ada, "Other", ["Can"])
    ids = {row.name: row.id for row in session.execute(select(Artist.name, Artist.id))}
    session.execute(update(Artist).where(Artist.id == ids["The Can"]).values(counts_as=ids["Can"]))
    found = album(session, "Future Days")

    assert may_be(session, ada)[record_id] == [found]


def test_what_is_tried_rests_until_it_is_another_record(session: Session, ada: Person) -> None:
    record_id = factories.record(session, ada, "Future Days", ["Can"])
    gone = factories.record(session, ada, "Gone", is_active=False, removed_on="2025-05-05")
    factories.record(session, factories.person(session), "Somebody else's")
    (wanted,) = record_sounds.due(session, ada.id).wanted
    record_sounds.keep(session, [Found(wanted, None, None)])

    assert due(session, ada) == []
    assert due(session, ada, again=True) == [record_id]
    assert due(session, ada, again=True, record_ids=[gone]) == []
    month = clock.now() - record_sounds.REST - clock.SECOND
    for change in (
        update(RecordSound).values(tried_at=month),
        update(RecordSound).values(tried_at=None),
        update(Record).values(title_folded="past days"),
        update(Record).values(artist_folded="faust"),
    ):
        with session.begin_nested() as undone:
            session.execute(change)
            assert due(session, ada) == [record_id]
            undone.rollback()
    session.execute(update(Record).values(price=1, updated_at=clock.now()))
    assert due(session, ada) == []


def test_whose_album_has_left_the_library_is_tried_again(session: Session, ada: Person) -> None:
    record_id = factories.record(session, ada, "Future Days", ["Can"])
    album_id = album(session, "Future Days")
    assert record_sounds.say(session, record_id, album_id)
    assert due(session, ada) == []

    session.execute(delete(LibraryTrack))
    session.execute(delete(LibraryAlbum))
    (wanted,) = record_sounds.due(session, ada.id).wanted
    record_sounds.keep(session, [Found(wanted, None, None)])

    found = of(session, record_id)
    assert (found.state, found.is_said, found.features) == ("not_found", False, Features())


def test_a_person_says_which_album_it_is(session: Session, ada: Person) -> None:
    record_id = factories.record(session, ada, "Future Days", ["Can"])
    first, other = album(session, "Future Days", [0.1]), album(session, "Untitled", [0.4, 0.6])
    (wanted,) = record_sounds.due(session, ada.id).wanted

    assert record_sounds.say(session, record_id, other)
    # A task that has begun before knows nothing of that.
    record_sounds.keep(session, [Found(wanted, first, None)])

    found = of(session, record_id)
    assert (found.state, found.is_said, found.album) == ("sounds", True, "Untitled")
    assert (found.features.energy, found.tracks) == (0.5, 2)
    assert record_sounds.due(session, ada.id, again=True).wanted[0].album_id == other
    with pytest.raises(NotFound):
        record_sounds.say(session, record_id, 999)
    with pytest.raises(NotFound):
        record_sounds.say(session, 999, other)


def test_of_which_not_all_is_known_is_asked_for_next_time(session: Session, ada: Person) -> None:
    record_id = factories.record(session, ada, "Future Days", ["Can"])

    assert not record_sounds.say(session, record_id, album(session, "Half", [0.1, None]))

    assert of(session, record_id).features.energy == 0.1
    assert due(session, ada) == [record_id]


def test_a_person_says_that_it_is_none_and_takes_that_back(session: Session, ada: Person) -> None:
    record_id = factories.record(session, ada, "Future Days", ["Can"])
    album_id = album(session, "Future Days", [0.1])
    record_sounds.say(session, record_id, album_id)

    record_sounds.say_none(session, record_id)
    (state, features) = (of(session, record_id).state, of(session, record_id).features)

    assert (state, features) == ("none", Features())
    assert due(session, ada, again=True) == []
    record_sounds.say_nothing(session, record_id)
    (wanted,) = record_sounds.due(session, ada.id).wanted
    assert wanted.album_id is None
    assert record_sounds.albums_like(session, [wanted]) == {record_id: [album_id]}


def test_what_is_deleted_meanwhile_is_not_kept(session: Session, ada: Person) -> None:
    factories.record(session, ada, "Future Days", ["Can"])
    (wanted,) = record_sounds.due(session, ada.id).wanted
    album_id = album(session, "Future Days")
    record_sounds.keep(session, [Found(wanted, album_id + 1, None)])
    assert session.scalars(select(RecordSound.record_id)).all() == []

    session.execute(delete(Record))
    record_sounds.keep(session, [Found(wanted, album_id, None)])

    assert session.scalars(select(RecordSound.record_id)).all() == []


def test_lists_are_sorted_by_a_feature_and_what_is_unknown_comes_last(
    session: Session, ada: Person
) -> None:
    for title, energy in (("Loud", 0.9), ("Calm", 0.1), ("Odd", None)):
        record_id = factories.record(session, ada, title, ["Can"])
        album_id = album(session, title, [energy])
        if energy is None:
            (track_id,) = session.scalars(
                select(LibraryTrack.id).where(LibraryTrack.album_id == album_id)
            )
            track_features.put(session, "csv", [(track_id, Features(tempo=99.0))])
        record_sounds.say(session, record_id, album_id)
    nowhere = factories.record(session, ada, "Nowhere", ["Can"])
    record_sounds.say_none(session, nowhere)
    factories.record(session, ada, "New", ["Can"])
    factories.record(session, factories.person(session), "Somebody else's")

    def titles(**wanted: Any) -> list[str]:
        return [one.title for one in record_sound_pages.listed(session, ada.id, Wanted(**wanted))]

    assert titles() == ["Calm", "Loud", "Odd"]
    assert titles(by="energy") == ["Loud", "Calm", "Odd"]
    assert titles(by="energy", order="least") == ["Calm", "Loud", "Odd"]
    assert titles(which="not_found", by="energy") == ["Nowhere"]
    assert record_sound_pages.counts(session, ada.id) == Counts(5, 3, 1)
    assert record_sound_pages.counts(session, ada.id).untried == 1
    assert record_sound_pages.of(session, 999) is None


def test_albums_to_choose_from_hold_every_word(session: Session, ada: Person) -> None:
    record_id = factories.record(session, ada, "Future Days", ["CAN"])
    tago = album(session, "Tago Mago", [0.5, 0.5])
    faust = album(session, "Faust 100%", artist="Faust")

    def choices(words: str = "") -> list[int]:
        return [one.id for one in record_sound_pages.choices(session, record_id, words)]

    assert choices() == [tago]
    assert choices("can mago") == [tago] and choices("Can faust") == []
    assert choices("100%") == [faust] and choices("1_0") == []
    (one,) = record_sound_pages.choices(session, record_id)
    assert (one.name, one.credit, one.tracks) == ("Tago Mago", "Can", 2)


def test_more_records_cost_no_more_questions(session: Session, ada: Person) -> None:
    album(session, "Record A")
    seen = []
    for number in (2, 20):
        for nth in range(number):
            factories.record(session, ada, f"Record {chr(65 + nth)}", ["Can"])
        with statements(session.get_bind().engine) as asked:
            may_be(session, ada)
        seen.append(len(asked))

    assert seen[0] == seen[1]


def test_the_same_is_asked_for_once(session: Session, ada: Person) -> None:
    owner = Owner(ada.id)

    first, second = (record_sounds.ask(session, owner) for _ in range(2))
    single = record_sounds.ask(session, owner, record_ids=[2, 1])

    assert (first.id, second.is_new, single.is_new) == (second.id, False, True)
    assert record_sound_pages.under_way(session, ada.id) == first.public_id
    assert record_sound_pages.last(session, ada.id) is None
    for number in range(quota.MOST_OPEN - 2):
        record_sounds.ask(session, owner, record_ids=[number])
    with pytest.raises(TooMany):
        record_sounds.ask(session, owner, record_ids=[99])
