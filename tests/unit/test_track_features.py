"""How tracks sound: each source for itself, the first in order believed, nothing asked twice."""

import math

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.feature_values import sane
from core.library import FIELDS, Features
from database import library_settings, track_features
from database.models import FeatureAbsence, LibraryImport, TrackFeatures
from database.track_features import Manual
from tests import factories, sounds

NOW = clock.now()
WEEK = 7 * clock.DAY
WHOLE = Features(
    0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, -8.0, 120.0, 0, 1, 4, 200_000
)  # fmt: skip


@pytest.fixture
def track(session: Session) -> int:
    return sounds.some(session, 1)[0]


def stored(session: Session) -> list[TrackFeatures]:
    return list(session.scalars(select(TrackFeatures).order_by(TrackFeatures.source)))


def test_each_field_is_the_first_source_s_that_says_it(session: Session, track: int) -> None:
    track_features.put(session, "reccobeats", [(track, WHOLE._replace(time_signature=None))])
    track_features.put(session, "csv", [(track, Features(energy=0.9, valence=0.8))])
    track_features.put(session, "spotify", [(track, Features(valence=0.3))])
    track_features.put(session, "manual", [(track, Features(tempo=99.0))])

    known = track_features.winners(session, [track])[track]

    assert (known.features.tempo, known.sources["tempo"]) == (99.0, "manual")
    assert (known.features.valence, known.sources["valence"]) == (0.3, "spotify")
    assert (known.features.energy, known.sources["energy"]) == (0.9, "csv")
    assert (known.features.loudness, known.sources["loudness"]) == (-8.0, "reccobeats")
    assert known.features.time_signature is None and "time_signature" not in known.sources
    assert [one.source for one in track_features.sources(session, track)] == [
        "manual", "spotify", "csv", "reccobeats",
    ]  # fmt: skip


def test_a_track_of_which_nobody_says_anything_is_as_long_as_it_is(
    session: Session, track: int
) -> None:
    known = track_features.winners(session, [track])[track]

    assert known == (Features(duration_ms=180_000), {})


def test_the_same_once_more_writes_nothing(session: Session, track: int) -> None:
    assert track_features.put(session, "csv", [(track, WHOLE)]) == 1
    before = stored(session)[0].fetched_at

    assert track_features.put(session, "csv", [(track, WHOLE)]) == 0
    assert track_features.put(session, "csv", [(track, WHOLE), (track, Features())]) == 0
    session.expire_all()
    assert [row.fetched_at for row in stored(session)] == [before]


def test_what_is_not_said_leaves_what_is_known(session: Session, track: int) -> None:
    track_features.put(session, "csv", [(track, Features(energy=0.5, tempo=100.0))])

    assert track_features.put(session, "csv", [(track, Features(tempo=101.0))]) == 1

    known = track_features.winners(session, [track])[track].features
    assert (known.energy, known.tempo) == (0.5, 101.0)


def test_what_a_person_says_takes_the_place_of_all_they_said(session: Session, track: int) -> None:
    track_features.put(session, "manual", [(track, Manual(energy=0.5, tempo=100).features())])
    track_features.put(session, "manual", [(track, Manual(tempo=101).features())])

    assert track_features.winners(session, [track])[track].features.energy is None

    track_features.put(session, "manual", [(track, Manual().features())])

    assert stored(session) == []


def test_taking_back_leaves_the_other_sources(session: Session, track: int) -> None:
    track_features.put(session, "manual", [(track, WHOLE)])
    track_features.put(session, "csv", [(track, Features(energy=0.9))])

    track_features.clear_manual(session, track)

    assert track_features.winners(session, [track])[track].sources == {"energy": "csv"}


def test_nonsense_costs_the_value_and_not_the_track(session: Session, track: int) -> None:
    odd = Features(
        danceability=1.1, energy=math.nan, valence=math.inf, liveness=-0.1, loudness=1.023,
        tempo=1e9, pitch_class=-1, mode=2, time_signature=99, duration_ms=0, acousticness=0.0,
    )  # fmt: skip

    track_features.put(session, "csv", [(track, odd)])

    known = track_features.winners(session, [track])[track].features
    assert known == Features(loudness=1.023, acousticness=0.0, duration_ms=180_000)


def test_a_row_of_nonsense_alone_is_no_row(session: Session, track: int) -> None:
    assert track_features.put(session, "csv", [(track, Features(energy=2.0))]) == 0
    assert stored(session) == []


@pytest.mark.parametrize(
    "said", [None, "", "n/a", "nan", "-inf", "1e999", "0_1", True, [0.5], 10**400]
)
def test_only_numbers_are_numbers(said: object) -> None:
    assert sane({"energy": said, "pitch_class": said}) == Features()


def test_words_become_numbers_and_halves_no_whole_ones() -> None:
    assert sane({"energy": " 0.5 ", "pitch_class": "4.0", "mode": 0.5}) == Features(
        energy=0.5, pitch_class=4
    )


def test_a_form_says_what_is_wrong() -> None:
    with pytest.raises(ValidationError):
        Manual(energy=float("nan"))
    with pytest.raises(ValidationError):
        Manual(tempo=401)
    assert set(Manual.model_fields) == set(FIELDS)
    assert all(field.description for field in Manual.model_fields.values())


def test_nobody_is_asked_who_has_told_or_did_not_know_of_late(session: Session) -> None:
    told, rests, rested, new = sounds.some(session, 4)
    track_features.put(session, "reccobeats", [(told, Features(energy=0.1))])
    track_features.absent(session, "reccobeats", [rests], NOW + WEEK)
    track_features.absent(session, "reccobeats", [rested], NOW - 1)
    ids = [told, rests, rested, new]

    keys = track_features.unknown(session, "reccobeats", ids, NOW)

    assert [key.id for key in keys] == [rested, new]
    assert [key.id for key in track_features.unknown(session, "spotify", ids, NOW)] == ids


def test_nobody_is_asked_for_what_is_known_already(session: Session, track: int) -> None:
    without = WHOLE._replace(time_signature=None)
    track_features.put(session, "csv", [(track, without)])
    tells = tuple(field for field in FIELDS if field != "time_signature")

    assert track_features.unknown(session, "reccobeats", [track], NOW, tells) == []
    assert [key.id for key in track_features.unknown(session, "spotify", [track], NOW)] == [track]


def test_who_finds_out_after_all_rests_no_longer(session: Session, track: int) -> None:
    track_features.absent(session, "reccobeats", [track], NOW + WEEK)
    track_features.absent(session, "reccobeats", [track], NOW + WEEK)
    track_features.put(session, "reccobeats", [(track, Features(energy=0.1))])

    assert session.scalars(select(FeatureAbsence)).all() == []


def test_a_track_is_asked_for_by_its_names(session: Session) -> None:
    one = sounds.told("Paperhouse", "Can", spotify_id="abc", isrc="DEAB17100001")
    [track_id] = sounds.tracks(session, one)

    [key] = track_features.unknown(session, "spotify", [track_id], NOW)

    assert key == (track_id, "abc", "DEAB17100001", "Paperhouse", "Can", 180_000)


def test_n_of_m_are_known(session: Session) -> None:
    first, second, third = sounds.some(session, 3)
    track_features.put(session, "csv", [(first, WHOLE), (second, Features(energy=0.1))])
    track_features.put(session, "manual", [(first, Features(energy=0.1))])

    assert track_features.known(session, [first, second, third, third]) == (2, 3)
    assert track_features.known(session, []) == (0, 0)


def test_a_row_names_the_import_it_came_with(session: Session, track: int) -> None:
    owner = factories.person(session)
    brought = LibraryImport(
        public_id="a", person_id=owner.id, file_name="a.csv", created_at=clock.now()
    )
    session.add(brought)
    session.flush()

    track_features.put(session, "csv", [(track, WHOLE)], brought.id)

    assert stored(session)[0].import_id == brought.id


def test_reccobeats_is_off_until_somebody_agrees(session: Session) -> None:
    assert not library_settings.get(session, factories.person(session).id).uses_reccobeats
