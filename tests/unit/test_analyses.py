"""What an analysis says of tracks, and when it is written anew."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from core.analysis import SUMMED, Computation, Superlative, compare
from core.errors import NotFound
from core.library import Features
from database import analyses, analysis_sums, track_features
from database.analysed import Collection
from database.models import Analysis, LibraryTrack, Playlist
from tests import factories, sounds
from tests.work import statements


@pytest.fixture
def alice(session: Session) -> int:
    return factories.person(session, "alice").id


def of(track_ids: list[int], **more: Any) -> Collection:
    return Collection("Some", "some:1", track_ids, **more)


def say(session: Session, field: str, values: dict[int, Any]) -> None:
    rows = [(track_id, Features(**{field: value})) for track_id, value in values.items()]
    track_features.put(session, "csv", rows)


def made(session: Session, person_id: int, kind: str, scope: str) -> analyses.Made:
    return analyses.make(session, person_id, analyses.collection(session, person_id, kind, scope))


def kept(session: Session, person_id: int, kind: str, scope: str) -> int:
    return analyses.keep(session, person_id, made(session, person_id, kind, scope))


def test_the_figures_are_those_of_the_contract(session: Session) -> None:
    a, b, c = sounds.some(session, 3)
    say(session, "tempo", {a: 120.0, b: 60.0, c: 150.0})
    say(session, "energy", {a: 0.5, b: 0.25})
    track_features.put(session, "spotify", [(a, Features(pitch_class=0, mode=1))])
    track_features.put(session, "manual", [(b, Features(pitch_class=11, mode=1))])

    data = analysis_sums.work_out(session, of([a, b, c]))

    assert data.superlatives["tempo"] == Superlative(
        min=60.0, min_track_id=str(b), max=150.0, max_track_id=str(c)
    )
    assert data.averages["tempo"] == 110.0
    assert data.averages["energy"] == 0.375
    assert data.count.key == {"0": 1, "11": 1}
    assert data.count.mode == {"1": 2}
    assert data.count.time_signature is None
    assert data.superlatives["valence"] is None and data.averages["valence"] is None
    coverage = data.coverage
    assert (coverage.tracks, coverage.with_features, coverage.in_all) == (3, 3, 3)
    assert (coverage.fields["energy"], coverage.fields["valence"]) == (2, 0)
    assert coverage.sources == {"manual": 1, "spotify": 1, "csv": 3}


def test_of_equal_ones_the_first_in_order_is_meant(session: Session) -> None:
    a, b, c = sounds.some(session, 3)
    say(session, "energy", {a: 0.5, b: 0.5, c: 0.5})

    found = analysis_sums.work_out(session, of([b, c, a])).superlatives["energy"]

    assert found and (found.min_track_id, found.max_track_id) == (str(b), str(b))


def test_a_length_is_the_track_s_own_where_nobody_says_another(session: Session) -> None:
    a, b, c = sounds.tracks(
        session, sounds.told(duration_ms=100_000), sounds.told(), sounds.told(duration_ms=None)
    )
    say(session, "duration_ms", {a: 1})
    track_features.put(session, "spotify", [(b, Features(energy=0.1, duration_ms=300_000))])

    data = analysis_sums.work_out(session, of([a, b, c]))

    assert data.averages["duration_ms"] == 200_000
    assert data.superlatives["duration_ms"] == Superlative(
        min=100_000, min_track_id=str(a), max=300_000, max_track_id=str(b)
    )
    assert (data.coverage.with_features, data.coverage.fields["duration_ms"]) == (1, 2)


@pytest.mark.parametrize(("known", "is_named"), [(1, False), (2, True), (4, True)])
def test_nothing_is_called_the_first_of_tracks_that_are_mostly_unknown(
    session: Session, known: int, is_named: bool
) -> None:
    ids = sounds.some(session, 4)
    say(session, "energy", dict.fromkeys(ids[:known], 0.5))

    data = analysis_sums.work_out(session, of(ids))

    assert (data.superlatives["energy"] is not None) is is_named
    assert data.averages["energy"] == 0.5


def test_what_is_in_no_library_counts_as_unknown(session: Session) -> None:
    ids = sounds.some(session, 2)
    say(session, "energy", dict.fromkeys(ids, 0.5))

    data = analysis_sums.work_out(session, of(ids, left_out=3))

    assert data.superlatives["energy"] is None
    assert data.coverage.in_all == 5


def test_a_histogram_holds_every_track_that_is_known(session: Session) -> None:
    ids = sounds.some(session, 5)
    say(session, "energy", dict(zip(ids, [0.0, 0.1, 0.95, 1.0], strict=False)))
    say(session, "tempo", dict.fromkeys(ids, 120.0))
    say(session, "loudness", dict(zip(ids, [-20.0, -10.0, 0.0], strict=False)))

    found = analysis_sums.work_out(session, of(ids)).histograms

    assert found["energy"] and found["energy"].counts == [1, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    assert found["tempo"] and found["tempo"].counts == [0] * 9 + [5]
    assert found["loudness"] and found["loudness"].edges[::5] == [
        -20.0,
        -10.0,
        0.0,
    ]
    assert found["loudness"].counts == [1, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    assert found["valence"] is None


def test_nothing_comes_to_nothing(session: Session) -> None:
    data = analysis_sums.work_out(session, of([]))

    assert not any(data.superlatives.values()) and not any(data.averages.values())
    assert data.coverage.tracks == data.coverage.with_features == 0
    assert set(data.superlatives) == set(SUMMED)


def test_the_figures_take_as_many_questions_for_many_tracks_as_for_few(session: Session) -> None:
    ids = sounds.some(session, 30)
    say(session, "energy", dict.fromkeys(ids, 0.5))

    with statements(session.get_bind().engine) as seen:
        analysis_sums.work_out(session, of(ids))

    assert len(seen) == 4


def test_what_is_stored_is_what_the_contract_says(session: Session, alice: int) -> None:
    ids = sounds.some(session, 2)
    say(session, "tempo", {ids[0]: 120.0, ids[1]: 90.5})
    playlist_id = sounds.playlist(session, alice, ids)

    analysis_id = kept(session, alice, "playlist", str(playlist_id))

    stored = session.get_one(Analysis, analysis_id).data
    assert set(stored) == {
        "superlatives", "averages", "count", "coverage", "histograms", "problems",
    }  # fmt: skip
    assert stored["superlatives"]["tempo"] == {
        "min": 90.5, "min_track_id": str(ids[1]), "max": 120.0, "max_track_id": str(ids[0]),
    }  # fmt: skip
    assert stored["superlatives"]["energy"] is None
    assert stored["averages"]["duration_ms"] == 180_000
    assert stored["count"] == {"key": None, "mode": None, "time_signature": None}
    assert analyses.get(session, alice, analysis_id).data == Computation.model_validate(stored)


def test_the_same_once_more_writes_nothing(session: Session, alice: int) -> None:
    ids = sounds.some(session, 2)
    say(session, "tempo", dict.fromkeys(ids, 120.0))
    playlist_id = str(sounds.playlist(session, alice, ids))
    first = kept(session, alice, "playlist", playlist_id)
    session.execute(update(Analysis).values(updated_at=7))

    again = made(session, alice, "playlist", playlist_id)

    assert again.id == first == analyses.keep(session, alice, again)
    assert analyses.get(session, alice, first).updated_at == 7


@pytest.mark.parametrize("change", ["feature", "source", "title", "problem"])
def test_what_has_changed_is_worked_out_in_the_same_place(
    session: Session, alice: int, change: str
) -> None:
    ids = sounds.some(session, 2)
    say(session, "tempo", dict.fromkeys(ids, 120.0))
    playlist_id = sounds.playlist(session, alice, ids)
    first = kept(session, alice, "playlist", str(playlist_id))
    problems = ["ReccoBeats did not answer."] if change == "problem" else []
    if change == "feature":
        say(session, "tempo", {ids[0]: 60.0})
    elif change == "source":
        track_features.put(session, "spotify", [(ids[0], Features(tempo=120.0))])
    elif change == "title":
        session.execute(update(Playlist).values(name="Another"))
        session.expire_all()

    wanted = analyses.collection(session, alice, "playlist", str(playlist_id))
    again = analyses.make(session, alice, wanted, problems)

    assert again.id is None
    assert analyses.keep(session, alice, again) == first
    session.expire_all()
    found = analyses.get(session, alice, first)
    assert found.data.averages["tempo"] == (90.0 if change == "feature" else 120.0)
    assert found.title == ("Another" if change == "title" else wanted.title)
    assert found.data.problems == problems


def test_another_snapshot_is_another_version(session: Session, alice: int) -> None:
    a, b, c = sounds.some(session, 3)
    say(session, "tempo", {a: 100.0, b: 110.0, c: 120.0})
    playlist_id = sounds.playlist(session, alice, [a, b], snapshot="s1")
    old = kept(session, alice, "playlist", str(playlist_id))
    session.execute(update(Playlist).values(snapshot="s2"))
    session.expire_all()
    sounds.put_on(session, playlist_id, [c], 2)

    new = kept(session, alice, "playlist", str(playlist_id))

    found = analyses.versions(session, alice, "playlist", str(playlist_id))
    assert [one.id for one in found] == [new, old]
    assert [one.version for one in found] == [
        f"version:{playlist_id}:s2", f"version:{playlist_id}:s1",
    ]  # fmt: skip
    latest = analyses.latest(session, alice, "playlist", str(playlist_id))
    assert latest and latest.id == new
    assert analyses.analysed(session, alice, "playlist", [playlist_id, 999]) == {playlist_id}
    assert [one.id for one in analyses.listed(session, alice, "playlist")] == [new]


def test_the_oldest_versions_go(session: Session, alice: int) -> None:
    playlists = [sounds.playlist(session, alice, sounds.some(session, 1)) for _ in range(2)]
    one, other = map(str, playlists)
    unlike = kept(session, alice, "playlist", other)
    ids = []
    for snapshot in range(analyses.MOST):
        session.execute(update(Playlist).values(snapshot=f"s{snapshot}"))
        session.expire_all()
        ids.append(kept(session, alice, "playlist", one))
    # The first of all is the newest again.
    session.execute(update(Analysis).where(Analysis.id != ids[0]).values(updated_at=1))
    session.execute(update(Playlist).values(snapshot="another"))
    session.expire_all()
    ids.append(kept(session, alice, "playlist", one))

    found = [version.id for version in analyses.versions(session, alice, "playlist", one)]

    assert found == [*reversed(ids[2:]), ids[0]]
    assert analyses.get(session, alice, unlike).id == unlike


def test_two_versions_side_by_side(session: Session) -> None:
    a, b, c = sounds.some(session, 3)
    say(session, "tempo", {a: 100.0, b: 110.0, c: 120.0})
    track_features.put(session, "csv", [(a, Features(mode=1)), (c, Features(mode=0, energy=0.5))])
    before = analysis_sums.work_out(session, of([a, b]))
    after = analysis_sums.work_out(session, of([c, b]))

    found = compare(([a, b], before), ([c, b], after))

    assert (found.added, found.removed) == ([c], [a])
    assert found.averages["tempo"].difference == 10.0
    assert found.averages["energy"].difference is None
    assert found.averages["energy"] == (None, 0.5)
    assert found.maxima["tempo"] == (110.0, 120.0)
    assert found.minima["valence"] == (None, None)
    assert found.counts["mode"] == {"0": (0, 1), "1": (1, 0)}
    assert found.counts["key"] == {}
    assert found.tracks == (2, 2)


def test_nobody_sees_another_s_analysis(session: Session, alice: int) -> None:
    bob = factories.person(session, "bob").id
    playlist_id = sounds.playlist(session, alice, sounds.some(session, 1))
    analysis_id = kept(session, alice, "playlist", str(playlist_id))

    with pytest.raises(NotFound):
        analyses.get(session, bob, analysis_id)
    with pytest.raises(NotFound):
        made(session, bob, "playlist", str(playlist_id))
    assert analyses.latest(session, bob, "playlist", str(playlist_id)) is None


def test_a_track_that_is_gone_is_gone_from_the_figures(session: Session) -> None:
    a, b = sounds.some(session, 2)
    say(session, "tempo", {a: 100.0, b: 120.0})
    session.delete(session.get_one(LibraryTrack, b))
    session.flush()

    assert analysis_sums.work_out(session, of([a, b])).coverage.tracks == 1
