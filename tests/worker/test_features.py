"""Features are asked for where somebody agreed, and an analysis is made whoever fails."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, select, update

from core import clock, consents, folders
from core.consents import SPOTIFY_READS, Account, Tokens
from core.errors import Conflict, Forbidden, NotFound
from core.library import Features
from core.plays import Heard, Named, Source
from core.settings import Settings, load
from database import analyses, grants, library_settings, track_features
from database.engine import Database
from database.library_settings import USUAL
from database.models import (
    Analysis,
    FeatureAbsence,
    Grant,
    LibraryItem,
    LibraryTrack,
    Playlist,
    ProviderPace,
    Task,
)
from database.owner import HOUSE
from database.play_intake import Intake
from fakes.reccobeats import FakeReccoBeats
from fakes.spotify import CLIENT_ID, TOKEN, FakeSpotify
from tests import sounds
from tests.worker.listening import Listening, begin
from worker_jobs.analysis import ASKED_LATER, MOST_AGAIN, analyze
from worker_jobs.features.fetching import fetch
from worker_jobs.library_imports.job import import_library
from worker_jobs.run import Cancelled

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

_MARCH = clock.moment(datetime(2026, 3, 1, tzinfo=UTC))
WHOLE = Features(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, -8.0, 120.0, 0, 1, 4)


@pytest.fixture
def spotify() -> Iterator[FakeSpotify]:
    with FakeSpotify() as fake:
        yield fake


@pytest.fixture
def beats() -> Iterator[FakeReccoBeats]:
    with FakeReccoBeats() as fake:
        yield fake


@pytest.fixture
def settings(
    tmp_path: Path,
    spotify: FakeSpotify,
    beats: FakeReccoBeats,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path))
    made = load().model_copy(
        update={
            "spotify_client_id": CLIENT_ID,
            "spotify_api_url": spotify.api_url,
            "spotify_accounts_url": spotify.url,
            "reccobeats_url": beats.url,
        }
    )
    folders.make(made)
    return made


def link(run: Listening) -> None:
    """Connect the person's Spotify account."""
    tokens = Tokens(SecretStr(TOKEN), SecretStr("refresh"), 3_600, " ".join(SPOTIFY_READS))
    with run.db.writing() as session:
        grants.put(
            session,
            run.settings.data,
            _person(run),
            consents.SPOTIFY,
            account=Account("account0ada", "Ada"),
            tokens=tokens,
            scopes=SPOTIFY_READS,
        )


def agree(run: Listening) -> None:
    """Let ReccoBeats be asked."""
    with run.db.writing() as session:
        wanted = USUAL.model_copy(update={"uses_reccobeats": True})
        library_settings.put(session, _person(run), wanted)


def _person(run: Listening) -> int:
    return run.task.person_id or 0


def some(run: Listening, number: int) -> list[int]:
    with run.db.writing() as session:
        return sounds.tracks(session, *(sounds.told(spotify_id=f"id{n}") for n in range(number)))


def playlist(run: Listening, track_ids: list[int]) -> str:
    with run.db.writing() as session:
        return str(sounds.playlist(session, _person(run), track_ids))


def known(run: Listening, track_id: int) -> track_features.Known:
    with run.db.reading() as session:
        return track_features.winners(session, [track_id])[track_id]


def shown(run: Listening, scope: str) -> analyses.Shown:
    with run.db.reading() as session:
        found = analyses.latest(session, _person(run), "playlist", scope)
    assert found
    return found


def work(run: Listening, scope: str) -> dict[str, Any]:
    return analyze({"kind": "playlist", "scope": scope}, run)


def test_without_consent_and_agreement_nobody_is_asked(
    run: Listening, spotify: FakeSpotify, beats: FakeReccoBeats
) -> None:
    ids = some(run, 3)

    result = work(run, playlist(run, ids))

    assert (spotify.requests, beats.requests) == ([], [])
    assert (result["tracks"], result["with_features"], result["problems"]) == (3, 0, [])


def test_reccobeats_is_asked_for_forty_at_once_and_for_nothing_twice(
    run: Listening, beats: FakeReccoBeats
) -> None:
    agree(run)
    ids = some(run, 90)
    for number in range(0, 90, 2):
        beats.knows(f"id{number}", energy=0.5)

    first = fetch(run, _person(run), ids)
    second = fetch(run, _person(run), ids)

    assert (first.found, first.problems) == (45, [])
    assert second[:2] == (0, [])
    assert [len(asked) for asked in beats.asked] == [40, 40, 10]
    assert known(run, ids[0]).sources == {"energy": "reccobeats"}
    assert known(run, ids[1]).sources == {}


def test_what_it_does_not_know_rests_for_a_week(run: Listening, beats: FakeReccoBeats) -> None:
    agree(run)
    ids = some(run, 1)
    before = clock.now()
    fetch(run, _person(run), ids)
    with run.db.writing() as session:
        until = session.scalars(select(FeatureAbsence.until)).one()
        session.execute(update(FeatureAbsence).values(until=before - 1))

    beats.knows("id0", energy=0.5)
    assert fetch(run, _person(run), ids).found == 1
    assert until - before >= 7 * clock.DAY


def test_what_a_file_says_in_full_is_asked_of_nobody(run: Listening, beats: FakeReccoBeats) -> None:
    agree(run)
    ids = some(run, 2)
    with run.db.writing() as session:
        track_features.put(session, "csv", [(ids[0], WHOLE._replace(time_signature=None))])

    fetch(run, _person(run), ids)

    assert beats.asked == [["id1"]]


def test_spotify_is_probed_once_and_then_left_alone_for_a_month(
    run: Listening, spotify: FakeSpotify
) -> None:
    link(run)
    ids = some(run, 150)
    before = clock.now()

    first = fetch(run, _person(run), ids)
    fetch(run, _person(run), ids)

    assert (first[:2], spotify.calls["/audio-features"]) == ((0, []), 1)
    with run.db.reading() as session:
        pace = session.get_one(ProviderPace, "spotify:audio-features")
        assert session.scalars(select(FeatureAbsence)).all() == []
    assert (pace.rest_until or 0) - before >= 30 * clock.DAY
    assert CLIENT_ID in (pace.said or "")


def test_another_app_is_probed_anew(run: Listening, spotify: FakeSpotify) -> None:
    link(run)
    ids = some(run, 1)
    fetch(run, _person(run), ids)
    run.settings = run.settings.model_copy(update={"spotify_client_id": "another"})

    fetch(run, _person(run), ids)

    assert spotify.calls["/audio-features"] == 2


def test_an_old_app_is_told_by_spotify(run: Listening, spotify: FakeSpotify) -> None:
    link(run)
    spotify.has_features = True
    ids = some(run, 150)
    catalogue = spotify.library.catalogue.features
    catalogue |= {f"id{number}": {"energy": 0.5, "key": 3} for number in range(149)}

    found = fetch(run, _person(run), ids)

    assert (found.found, spotify.calls["/audio-features"]) == (149, 2)
    assert known(run, ids[0]).features == Features(energy=0.5, pitch_class=3, duration_ms=200_000)
    with run.db.reading() as session:
        assert session.scalars(select(FeatureAbsence.track_id)).all() == [ids[149]]


def test_whose_consent_has_ended_is_passed_over(run: Listening, spotify: FakeSpotify) -> None:
    link(run)
    with run.db.writing() as session:
        session.execute(update(Grant).values(status=consents.RECONNECT))

    assert fetch(run, _person(run), some(run, 1))[:2] == (0, [])
    assert spotify.requests == []


def test_a_consent_that_ends_meanwhile_is_said(run: Listening, spotify: FakeSpotify) -> None:
    link(run)
    spotify.accounts.revoke("ada.plays")

    [problem] = fetch(run, _person(run), some(run, 1)).problems

    assert "Spotify" in problem and "connect" in problem


@pytest.mark.parametrize("fault", ["html", "refused", "gone", "rests"])
def test_an_analysis_is_made_though_a_provider_fails(
    run: Listening, beats: FakeReccoBeats, fault: str
) -> None:
    agree(run)
    ids = some(run, 60)
    with run.db.writing() as session:
        track_features.put(session, "csv", [(track_id, WHOLE) for track_id in ids[:40]])
    scope = playlist(run, ids)
    if fault == "html":
        beats.html()
    elif fault == "rests":
        beats.answers(429, {"Retry-After": "3600"})
    else:
        beats.answers(403 if fault == "refused" else 404)

    result = work(run, scope)

    assert "ReccoBeats" in result["problems"][0]
    assert result["problems"][1:] == ([ASKED_LATER] if fault == "rests" else [])
    found = shown(run, scope)
    assert found.data.problems == result["problems"]
    assert found.data.averages["tempo"] == 120.0
    assert (found.data.coverage.with_features, found.data.coverage.tracks) == (40, 60)

    beats.behaves()
    if fault != "rests":
        for number in range(40, 60):
            beats.knows(f"id{number}", tempo=60.0)
        assert work(run, scope)["problems"] == []
        assert shown(run, scope).id == found.id
        assert shown(run, scope).data.averages["tempo"] == 100.0


def later(run: Listening) -> list[Task]:
    """Return the analyses that were put in by themselves."""
    with run.db.reading() as session:
        query = select(Task).where(Task.action == "analyze").order_by(Task.id)
        return list(session.scalars(query))


def test_it_is_made_again_by_itself_after_a_rest(run: Listening, beats: FakeReccoBeats) -> None:
    agree(run)
    scope = playlist(run, some(run, 2))
    beats.answers(429, {"Retry-After": "3600"})
    before = clock.now()

    for _ in range(2):
        work(run, scope)

    (task,) = later(run)
    whose = {"person_id": _person(run), "again": 1}
    assert task.args == {"kind": "playlist", "scope": scope} | whose
    assert (task.person_id, task.status) == (None, "WAITING")
    assert before + clock.HOUR <= task.run_at <= clock.now() + clock.HOUR + 2 * clock.MINUTE
    with run.db.writing() as session:
        session.execute(update(ProviderPace).values(rest_until=None))
    beats.behaves()
    beats.knows("id0", tempo=60.0)
    assert analyze(task.args, run)["problems"] == []
    assert shown(run, scope).data.averages["tempo"] == 60.0
    assert len(later(run)) == 1


def test_that_ends_after_a_few_times(run: Listening, beats: FakeReccoBeats) -> None:
    agree(run)
    scope = playlist(run, some(run, 2))
    beats.answers(429, {"Retry-After": "3600"})
    work(run, scope)

    for number in range(MOST_AGAIN):
        result = analyze(later(run)[number].args, run)

    assert [task.args["again"] for task in later(run)] == list(range(1, MOST_AGAIN + 1))
    assert ASKED_LATER not in result["problems"]
    assert shown(run, scope).data.problems == result["problems"]


def test_who_is_asked_in_vain_is_not_asked_later(run: Listening, beats: FakeReccoBeats) -> None:
    agree(run)
    beats.answers(404)

    work(run, playlist(run, some(run, 2)))

    assert later(run) == []


def test_what_came_before_a_failure_is_kept(run: Listening, beats: FakeReccoBeats) -> None:
    agree(run)
    ids = some(run, 60)
    for number in range(60):
        beats.knows(f"id{number}", tempo=100.0)
    run.cancel_at = 2  # the second batch

    with pytest.raises(Cancelled):
        work(run, playlist(run, ids))

    assert len(beats.asked) == 1
    run.cancel_at = None
    assert fetch(run, _person(run), ids).found == 20


def test_a_failure_takes_nothing_from_what_was_found_before(
    run: Listening, beats: FakeReccoBeats, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(run)
    ids = some(run, 60)
    for number in range(60):
        beats.knows(f"id{number}", tempo=100.0)

    def end(_msg: str, done: int | None = None, _of: int | None = None) -> None:
        if done:
            beats.answers(404)

    monkeypatch.setattr(run, "report", end)
    fetched = fetch(run, _person(run), ids)

    assert (fetched.found, len(fetched.problems)) == (40, 1)


def test_tracks_that_go_while_somebody_is_asked_are_passed_over(
    run: Listening, beats: FakeReccoBeats, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(run)
    ids = some(run, 4)
    for number in range(3):
        beats.knows(f"id{number}", tempo=100.0)
    report = run.report

    def undone(msg: str, done: int | None = None, of: int | None = None) -> None:
        report(msg, done, of)
        with run.db.writing() as session:
            session.execute(delete(LibraryTrack).where(LibraryTrack.id.in_([ids[0], ids[3]])))

    monkeypatch.setattr(run, "report", undone)

    assert fetch(run, _person(run), ids).found == 2


def test_an_answer_that_says_nothing_is_none(run: Listening, spotify: FakeSpotify) -> None:
    link(run)
    spotify.has_features = True
    ids = some(run, 1)
    spotify.library.catalogue.features |= {"id0": {"energy": -5, "key": -1}}

    assert [fetch(run, _person(run), ids).found for _ in range(2)] == [0, 0]
    assert spotify.calls["/audio-features"] == 1


def test_repeated_it_is_the_same_and_written_once(run: Listening, beats: FakeReccoBeats) -> None:
    agree(run)
    ids = some(run, 3)
    for number in range(3):
        beats.knows(f"id{number}", tempo=100.0)
    scope = playlist(run, ids)

    first, second = work(run, scope), work(run, scope)

    assert (first["is_new"], second["is_new"]) == (True, False)
    assert first["analysis_id"] == second["analysis_id"]
    assert second["fetched"] == 0
    with run.db.reading() as session:
        assert len(session.scalars(select(Analysis)).all()) == 1


def test_it_says_how_far_it_is(run: Listening, beats: FakeReccoBeats) -> None:
    agree(run)

    work(run, playlist(run, some(run, 60)))

    assert len(beats.asked) == 2
    asking = [(done, of) for msg, done, of in run.said if msg.startswith("Asking ReccoBeats")]
    assert asking == [(0, 60), (40, 60)]


def test_what_cannot_be_analysed_is_refused(run: Listening) -> None:
    with run.db.writing() as session:
        unread = sounds.playlist(session, None, [], spotify_id="p1")
        sounds.own(session, _person(run), "playlist", [unread])

    with pytest.raises(Conflict, match="synced first"):
        work(run, str(unread))
    with pytest.raises(NotFound):
        work(run, "999")
    with run.db.reading() as session:
        assert session.get_one(Playlist, unread).synced_at is None
        assert session.scalars(select(Analysis)).all() == []


def hear(run: Listening, title: str, spotify_id: str | None, hour: int) -> None:
    ids = (("spotify", spotify_id),) if spotify_id else ()
    at = _MARCH + hour * clock.HOUR
    named = Named(title, ("Can", "Neu!"), "Live")
    heard = Heard(named, at, Source.LASTFM, at, duration_ms=200_000, ids=ids)
    with run.db.writing() as session:
        Intake(_person(run)).take(session, [heard])


def test_what_was_played_is_asked_for_though_it_is_in_no_library(
    run: Listening, beats: FakeReccoBeats
) -> None:
    hear(run, "Halleluhwah", "abc", 1)
    hear(run, "Peking O", "def", 2)
    hear(run, "Known by name alone", None, 3)
    beats.knows("abc", tempo=100.0)
    march = {"kind": "period", "scope": "2026-03-01..2026-03-31"}

    before = analyze(march, run)
    agree(run)
    after = analyze(march, run)

    assert (before["tracks"], before["with_features"]) == (0, 0)
    assert (after["tracks"], after["with_features"]) == (2, 1)
    assert after["analysis_id"] == before["analysis_id"]
    with run.db.reading() as session:
        found = analyses.get(session, _person(run), after["analysis_id"])
        row = session.get_one(LibraryTrack, found.track_ids[0])
        assert session.scalars(select(LibraryItem)).all() == []
    assert (found.data.coverage.in_all, found.data.averages["tempo"]) == (3, 100.0)
    assert (row.spotify_id, row.name, row.artist_folded) == ("abc", "Halleluhwah", "can")
    assert analyze(march, run)["is_new"] is False


def test_it_leads_to_where_it_is_shown(run: Listening) -> None:
    [track_id] = some(run, 1)
    with run.db.writing() as session:
        sounds.own(session, _person(run), "track", [track_id])
    scope = playlist(run, [track_id])

    assert work(run, scope)["result_url"] == f"/library/playlists/{scope}"
    assert analyze({"kind": "liked", "scope": ""}, run)["result_url"] == "/library/liked"


def test_it_is_somebody_s(db: Database, settings: Settings) -> None:
    with pytest.raises(Forbidden):
        analyze({"kind": "liked", "scope": ""}, begin(db, settings, HOUSE))


def test_someone_with_nothing_but_a_csv_has_it_all_without_a_network(
    run: Listening, samples: Path, spotify: FakeSpotify, beats: FakeReccoBeats
) -> None:
    run.settings.uploads.mkdir(exist_ok=True)
    shutil.copy(samples / "spotify" / "spotify_by_genre.csv", run.settings.uploads / "brought")

    import_library({"upload": "brought", "file_name": "By genre.csv"}, run)
    run.finish()
    with run.db.reading() as session:
        scope = str(session.scalars(select(Playlist.id)).one())
    result = work(run, scope)

    data = shown(run, scope).data
    assert (result["tracks"], result["with_features"]) == (5_849, 5_849)
    assert all(data.superlatives.values()) and all(data.histograms.values())
    assert data.count.key and sum(data.count.key.values()) == 5_849
    assert data.coverage.sources == {"csv": 5_849}
    assert (spotify.requests, beats.requests) == ([], [])
