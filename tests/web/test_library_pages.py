"""The pages of the library: what they show, whose it is, and that they ask little."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select, update

from core.consents import SPOTIFY, Account, Tokens
from core.library import AlbumTold, ArtistTold, EntryTold, TrackTold
from database import grants, library_items, library_tasks, track_features
from database.engine import Database
from database.library_intake import LibraryIntake
from database.library_items import Entry
from database.models import Grant, LibraryAlbum, Playlist, Task
from database.record_covers import path_of
from tests import libraries
from tests.libraries import Library
from tests.web.conftest import Visitor, house
from worker_jobs.library_imports.files import Brought
from worker_jobs.library_imports.rows import Row

JSON = {"Accept": "application/json"}
COVER = "ab" * 32


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def filled(db: Database, bob: Visitor) -> Library:
    with db.writing() as session:
        return libraries.fill(session, bob.id)


def test_what_came_in_a_file_is_not_synced_without_an_account(
    app: Flask, db: Database, filled: Library, bob: Visitor
) -> None:
    pages = [
        f"/library/playlists/{filled.playlist}",
        f"/library/albums/{filled.album}",
        f"/library/artists/{filled.artist}",
        f"/library/tracks/{filled.tracks[0]}",
    ]

    for page in pages:
        assert 'action="/library/sync"' not in bob.get(page).text, page
    with db.writing() as session:
        grants.put(
            session, house(app).settings.data, bob.id, SPOTIFY, account=Account("acc1", "bob_b"),
            tokens=Tokens(SecretStr("a"), SecretStr("r"), 3_600, None), scopes=["user-top-read"],
        )  # fmt: skip
    for page in pages:
        assert 'action="/library/sync"' in bob.get(page).text, page


def test_who_has_just_connected_is_told_that_the_library_is_on_its_way(
    app: Flask, db: Database, bob: Visitor
) -> None:
    with db.writing() as session:
        grants.put(
            session, house(app).settings.data, bob.id, SPOTIFY, account=Account("acc1", "bob_b"),
            tokens=Tokens(SecretStr("a"), SecretStr("r"), 3_600, None), scopes=["user-top-read"],
        )  # fmt: skip
        library_tasks.place_sync(session, bob.id)
        task = session.scalars(select(Task)).one()

    page = bob.get("/library").text
    assert "is being read at Spotify" in page and f'href="/tasks/{task.public_id}"' in page
    assert "They come with the next sync" in bob.get("/library/playlists").text
    assert "Connect Spotify" not in bob.get("/library/liked").text


def test_without_anything_it_says_what_to_do(bob: Visitor) -> None:
    page = bob.get("/library").text

    assert "No library yet" in page
    assert 'href="/library/import"' in page and 'href="/account/connections"' in page


def test_the_overview_counts_and_leads_on(filled: Library, bob: Visitor) -> None:
    page = bob.get("/library").text

    assert "Liked songs" in page and f'href="/library/playlists/{filled.playlist}"' in page


def test_each_page_shows_what_it_is_about(filled: Library, bob: Visitor) -> None:
    shown = {
        "playlists": "Morning",
        "albums": "Tago Mago",
        "tracks": "Song 2",
        "artists": "krautrock",
        "liked": "Song 1",
        f"playlists/{filled.playlist}": "For the morning.",
        f"playlists/{filled.playlist}?tab=tracks": "Song 2",
        f"albums/{filled.album}?tab=tracks": "Spoon",
        f"artists/{filled.artist}?tab=tracks": "followed by you",
        f"tracks/{filled.tracks[0]}": "Playlists it is on",
    }

    for path, words in shown.items():
        answer = bob.get(f"/library/{path}")
        assert answer.status_code == 200 and words in answer.text, path


def test_what_is_known_is_counted(db: Database, bob: Visitor) -> None:
    with db.writing() as session:
        made = libraries.fill(session, bob.id, tracks=5, known=2)

    assert "2 of 5" in " ".join(bob.get(f"/library/playlists/{made.playlist}").text.split())


def test_anothers_library_is_not_there(filled: Library, alice: Visitor) -> None:
    assert alice.get(f"/library/playlists/{filled.playlist}").status_code == 404
    for path in ("playlists", "tracks", "albums", "artists", "liked"):
        page = alice.get(f"/library/{path}").text
        assert "Morning" not in page and "Song" not in page and "Tago" not in page, path
    track = alice.get(f"/library/tracks/{filled.tracks[0]}").text
    assert "None of yours." in track


def test_superlatives_name_the_tracks(db: Database, filled: Library, bob: Visitor) -> None:
    with db.writing() as session:
        libraries.analyse(session, bob.id, "playlist", str(filled.playlist))
    page = bob.get(f"/library/playlists/{filled.playlist}").text

    assert "happiest" in page and "slowest" in page and "longest" in page
    assert "0.200" in page and "102.000\u00a0BPM" in page and "3:22" in page
    means = bob.get(f"/library/playlists/{filled.playlist}?tab=averages").text
    assert "\u22129.000\u00a0dB" in means and "<polygon" in means and "major" in means


def test_where_little_is_known_nothing_is_the_most(db: Database, bob: Visitor) -> None:
    with db.writing() as session:
        made = libraries.fill(session, bob.id, tracks=5, known=2)
        libraries.analyse(session, bob.id, "playlist", str(made.playlist))

    page = bob.get(f"/library/playlists/{made.playlist}").text
    assert "happiest" not in page and "2 of 5 tracks" in page


def test_what_a_person_types_in_goes_first(filled: Library, bob: Visitor) -> None:
    page = f"/library/tracks/{filled.tracks[1]}"
    assert bob.submit(page, to=f"{page}/features", valence="0.75", mode="1").status_code == 303

    shown = bob.get(page).text
    assert "0.750" in shown and "somebody here" in shown and "a file: 0.100" in shown
    told = bob.get(page, headers=JSON).get_json()
    assert told["sources"]["valence"] == "manual" and told["features"]["energy"] == 0.1

    bob.submit(page, to=f"{page}/features")
    assert bob.get(page, headers=JSON).get_json()["sources"]["valence"] == "csv"


def test_what_makes_no_sense_comes_back_with_a_sentence(filled: Library, bob: Visitor) -> None:
    page = f"/library/tracks/{filled.tracks[1]}"
    for name, typed in (("valence", "1.5"), ("tempo", "nan"), ("pitch_class", "12")):
        answer = bob.submit(page, to=f"{page}/features", **{name: typed})

        assert answer.status_code == 422, name
        assert "Please look again" in answer.text and f'id="{name}-hint"' in answer.text, name
    assert 'value="nan"' in bob.submit(page, to=f"{page}/features", tempo="nan").text


def test_what_is_asked_for_is_a_task(db: Database, filled: Library, bob: Visitor) -> None:
    playlist, album = str(filled.playlist), str(filled.album)
    both = {"resource": "album", "item_id": filled.album}
    days = {"since": "2026-01-01", "until": "2026-01-31"}
    orders: list[tuple[str, dict[str, str], str, dict[str, Any]]] = [
        ("sync", {"resource": "library"}, "sync_library", {"parts": None}),
        ("sync", {"part": "tracks"}, "sync_library", {"parts": ["tracks"]}),
        ("sync", {"resource": "playlist", "item": playlist}, "sync_playlist", {"playlist_id": 1}),
        ("sync", {"resource": "album", "item": album, "analyses": "1"}, "full_sync", both),
        ("analyses", {"kind": "playlist", "item": playlist}, "analyze", {"scope": playlist}),
        ("analyses", {"kind": "liked"}, "analyze", {"scope": ""}),
        ("analyses", {"kind": "period", **days}, "analyze", {"scope": "2026-01-01..2026-01-31"}),
    ]

    for address, sent, action, args in orders:
        answer = bob.submit("/library/analyses", to=f"/library/{address}", **sent)
        assert answer.status_code == 303 and answer.location.startswith("/tasks/")
        with db.reading() as session:
            task = session.scalars(select(Task).order_by(Task.id.desc())).first()
            assert task and (task.action, task.person_id) == (action, bob.id)
            assert args.items() <= task.args.items()


@pytest.mark.usefixtures("filled")
def test_what_cannot_be_analysed_is_told(db: Database, bob: Visitor) -> None:
    period = {"kind": "period"}
    for sent, status in (
        (period | {"since": "2026-02-01", "until": "2026-01-31"}, 422),
        (period | {"since": "2026-02-31", "until": "2026-03-31"}, 422),
        (period, 422),
        ({"kind": "playlist"}, 422),
        ({"kind": "all"}, 422),
        ({"kind": "playlist", "item": "99"}, 404),
    ):
        answer = bob.submit("/library/analyses", to="/library/analyses", **sent)
        assert answer.status_code == status, sent
    with db.reading() as session:
        assert session.scalars(select(Task)).all() == []


def test_a_part_of_a_library_is_synced_alone(db: Database, bob: Visitor) -> None:
    sent = {"part": "tracks", "analyses": "1"}
    answer = bob.submit("/library/analyses", to="/library/sync", **sent)

    assert answer.status_code == 422 and "A part of a library is synced" in answer.text
    with db.reading() as session:
        assert session.scalars(select(Task)).all() == []


def test_nobody_orders_about_anothers_playlist(
    db: Database, filled: Library, alice: Visitor
) -> None:
    item = str(filled.playlist)
    orders = (
        ("/library/sync", {"resource": "playlist", "item": item}),
        ("/library/sync", {"resource": "playlist", "item": item, "analyses": "1"}),
        ("/library/analyses", {"kind": "playlist", "item": item}),
    )

    for address, sent in orders:
        assert alice.submit("/library/analyses", to=address, **sent).status_code == 404
    with db.reading() as session:
        assert session.scalars(select(Task)).all() == []


@pytest.mark.usefixtures("filled")
def test_an_analysis_is_its_persons_alone(db: Database, bob: Visitor, alice: Visitor) -> None:
    with db.writing() as session:
        kept = libraries.analyse(session, bob.id, "liked")

    assert "Liked songs" in bob.get(f"/library/analyses/{kept}").text
    assert alice.get(f"/library/analyses/{kept}").status_code == 404
    assert alice.get(f"/library/analyses/compare?a={kept}&b={kept}").status_code == 404
    assert "Liked songs" in bob.get("/library/analyses").text


def test_two_versions_stand_side_by_side(db: Database, filled: Library, bob: Visitor) -> None:
    with db.writing() as session:
        old = libraries.analyse(session, bob.id, "playlist", str(filled.playlist))
        session.execute(update(Playlist).values(snapshot="snap2"))
        libraries.fill(session, bob.id, tracks=4, known=4)
        session.execute(update(Playlist).values(snapshot="snap2"))
        new = libraries.analyse(session, bob.id, "playlist", str(filled.playlist))
    address = f"/library/analyses/compare?a={old}&b={new}"

    page = bob.get(address).text
    assert "New in it: 1" in page and "Gone from it: 0" in page and "+0.050" in page
    told = bob.get(address, headers=JSON).get_json()
    assert len(told["added"]) == 1 and told["averages"]["valence"]["difference"] == pytest.approx(
        0.05
    )
    assert address.replace("&", "&amp;") in bob.get(f"/library/playlists/{filled.playlist}").text
    assert bob.get("/library/analyses/compare?a=1").status_code == 404


def test_any_two_analyses_may_be_chosen_to_stand_side_by_side(
    db: Database, filled: Library, bob: Visitor
) -> None:
    address = "/library/analyses"
    with db.writing() as session:
        liked = libraries.analyse(session, bob.id, "liked")
    assert "Two side by side" not in bob.get(address).text
    with db.writing() as session:
        album = libraries.analyse(session, bob.id, "album", str(filled.album))

    assert "Two side by side" in bob.get(address).text
    page = bob.get(f"{address}/compare?a={liked}&b={album}").text
    assert "In the second alone: 0" in page and "New in it" not in page


def test_every_list_is_there_to_take_along(filled: Library, bob: Visitor) -> None:
    for path in (
        "playlists",
        "albums",
        "tracks",
        "artists",
        "liked",
        "analyses",
        f"playlists/{filled.playlist}",
        f"albums/{filled.album}",
        f"artists/{filled.artist}",
    ):
        table = bob.get(f"/library/{path}?format=csv")
        assert table.mimetype == "text/csv", path
        assert "attachment" in table.headers["Content-Disposition"]
        is_named = "Morning.csv" in table.headers["Content-Disposition"]
        assert is_named is path.startswith("playlists/")
        rows = list(csv.DictReader(io.StringIO(table.text)))
        told = bob.get(f"/library/{path}?format=json").get_json()
        assert [len(rows)] == [len(found) for found in told.values()], path
        assert rows or path == "analyses", path


@pytest.mark.usefixtures("filled")
def test_a_track_is_taken_along_with_how_it_sounds(bob: Visitor) -> None:
    row = next(csv.DictReader(io.StringIO(bob.get("/library/playlists/1?format=csv").text)))

    assert (row["track_id"], row["artists"], row["valence"]) == ("track0", "Can", "0.0")
    assert row["sources"] == "csv" and row["added_at"].startswith("2023-11-14T")


def test_a_name_is_no_formula_in_a_table(db: Database, bob: Visitor) -> None:
    with db.writing() as session:
        odd = TrackTold("=1+1", (ArtistTold("@SUM(A1)"),), None, "odd")
        ids = LibraryIntake().tracks(session, [odd])
        library_items.replace(session, bob.id, "track", "spotify", [Entry(ids[0], None)])

    table = bob.get("/library/liked?format=csv").text
    assert "'=1+1" in table and "'@SUM(A1)" in table
    assert json.loads(bob.get("/library/liked?format=json").text)["tracks"][0]["track_name"] == (
        "=1+1"
    )


def test_what_is_no_list_is_told(filled: Library, bob: Visitor) -> None:
    for path in (
        "playlists?format=xml",
        "tracks?sort=odd",
        f"playlists/{filled.playlist}?format=x",
    ):
        assert bob.get(f"/library/{path}").status_code == 422, path


def test_the_address_filters(filled: Library, bob: Visitor) -> None:
    for query, is_found in (
        ("name=MORN", True),
        ("name=evening", False),
        ("private=1", True),
        ("public=true", False),
        ("num_tracks_gt=2", True),
        ("num_tracks_lt=3", False),
        ("artist_name=neu", True),
        ("track_name=song+1&album_name=tago", True),
        ("is_analyzed=1", False),
    ):
        page = bob.get(f"/library/playlists?{query}").text
        assert (f'href="/library/playlists/{filled.playlist}"' in page) is is_found, query
        assert "Take off the filter" in page, query


@pytest.mark.usefixtures("filled")
def test_a_filter_that_is_none_comes_back_with_a_sentence(bob: Visitor) -> None:
    answer = bob.get("/library/playlists?public=perhaps&name=Morn")

    assert answer.status_code == 422
    assert "Please look again" in answer.text and 'value="Morn"' in answer.text


@pytest.mark.usefixtures("filled")
def test_an_order_leads_to_its_other_way_round(bob: Visitor) -> None:
    assert "sort=name&amp;name_dir=desc" in bob.get("/library/tracks?sort=name&name=song").text
    page = bob.get("/library/tracks?sort=name&name_dir=desc").text
    assert page.index("Song 2") < page.index("Song 0")


def test_settings_are_kept_and_say_what_leaves_the_house(bob: Visitor) -> None:
    page = bob.get("/library/settings").text
    assert "leave the house" in page

    assert bob.submit("/library/settings", uses_reccobeats="1").status_code == 303
    assert bob.get("/library/settings", headers=JSON).get_json() == {
        "syncs_daily": False,
        "reads_recent": False,
        "uses_reccobeats": True,
    }


def test_pictures_come_from_our_own_store(
    app: Flask, db: Database, filled: Library, bob: Visitor, alice: Visitor
) -> None:
    with db.writing() as session:
        for model in (Playlist, LibraryAlbum):
            session.execute(update(model).values(image_sha256=COVER))
    file = path_of(house(app).settings.covers, COVER)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\xff\xd8\xff")

    address = f"/library/images/playlists/{filled.playlist}.jpg"
    with bob.get(address) as answer:
        assert answer.status_code == 200 and answer.headers["ETag"] == f'"{COVER}"'
        assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert f"{address}?v={COVER[:12]}" in bob.get("/library/playlists").text
    assert alice.get(address).status_code == 404
    assert bob.get(f"/library/images/artists/{filled.artist}.jpg").status_code == 404
    assert bob.get("/library/images/tracks/1.jpg").status_code == 404


def test_a_long_playlist_has_pages(db: Database, bob: Visitor) -> None:
    with db.writing() as session:
        made = libraries.fill(session, bob.id, tracks=130)
    address = f"/library/playlists/{made.playlist}?tab=tracks"

    first, second = bob.get(address).text, bob.get(f"{address}&page=2").text
    assert "Song 99<" in first and "Song 100<" not in first and 'rel="next"' in first
    assert "Song 129<" in second and 'rel="next"' not in second
    assert bob.get(f"{address}&page=99999999999999999999").status_code == 200


def test_more_of_it_costs_no_more_questions(
    db: Database, bob: Visitor, count_queries: list[str]
) -> None:
    with db.writing() as session:
        made = libraries.fill(session, bob.id, tracks=2)
        libraries.analyse(session, bob.id, "playlist", str(made.playlist))
        libraries.analyse(session, bob.id, "liked")
    paths = [
        "",
        "/playlists",
        "/albums",
        "/tracks",
        "/artists",
        "/liked?tab=tracks",
        f"/playlists/{made.playlist}",
        f"/playlists/{made.playlist}?tab=averages",
        f"/playlists/{made.playlist}?tab=tracks",
        f"/albums/{made.album}?tab=tracks",
        f"/artists/{made.artist}?tab=tracks",
        f"/tracks/{made.tracks[0]}",
        "/analyses",
    ]
    seen: list[list[int]] = []
    for how_many in (2, 40):
        with db.writing() as session:
            libraries.fill(session, bob.id, tracks=how_many)
            libraries.fill(session, bob.id, tracks=how_many, name=f"P{how_many}")
        counts = []
        for path in paths:
            count_queries.clear()
            assert bob.get(f"/library{path}").status_code == 200
            counts.append(len(count_queries))
        seen.append(counts)

    assert seen[0] == seen[1]
    assert max(seen[0]) <= 20


def test_names_are_text(db: Database, bob: Visitor) -> None:
    with db.writing() as session:
        made = libraries.fill(session, bob.id, name="<script>alert(1)</script>")

    page = bob.get(f"/library/playlists/{made.playlist}").text
    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_a_task_under_way_is_led_to(filled: Library, bob: Visitor) -> None:
    answer = bob.submit(
        "/library/liked", to="/library/sync", resource="album", item=str(filled.album)
    )

    page = bob.get(f"/library/albums/{filled.album}").text
    assert "It is being synced" in page and f'href="{answer.location}"' in page


def test_what_spotify_counts_stands_beside_what_is_here(
    app: Flask, db: Database, filled: Library, alice: Visitor, bob: Visitor
) -> None:
    account = Account("acc1", "bob_b")
    tokens = Tokens(SecretStr("a"), SecretStr("r"), 3_600, None)
    with db.writing() as session:
        grants.put(
            session, house(app).settings.data, bob.id, SPOTIFY,
            account=account, tokens=tokens, scopes=["user-top-read"],
        )  # fmt: skip
        grants.set_profile(session, bob.id, SPOTIFY, {"tracks": 1_234, "shows": 7})

    page = " ".join(bob.get("/library").text.split())
    assert "of 1 234 at Spotify" in page and "Shows" in page and "Sync everything" in page
    assert "Sync" in bob.get("/library/playlists").text
    for address in (f"playlists/{filled.playlist}", f"albums/{filled.album}"):
        assert "Sync and analyse" in bob.get(f"/library/{address}").text
        assert "Sync and analyse" not in alice.get(f"/library/{address}").text
    with db.writing() as session:
        session.execute(update(Grant).values(status="RECONNECT", secret=None))
    page = bob.get("/library").text
    assert "Connect again" in page and "Sync everything" not in page
    assert str(filled.playlist) in page


def test_what_is_taken_along_can_be_brought_again(
    db: Database, bob: Visitor, tmp_path: Path
) -> None:
    with db.writing() as session:
        odd = TrackTold("=1+1", (ArtistTold("A; B"), ArtistTold("Neu!")), AlbumTold("C,\nD"), None)
        ids = LibraryIntake().tracks(session, [odd, libraries.told(3)])
        library_items.replace(
            session, bob.id, "track", "spotify", [Entry(one, 1_700_000_000_000) for one in ids]
        )
        track_features.put(session, "manual", [(ids[0], libraries.features(4))])
    file = tmp_path / "liked.csv"
    file.write_bytes(bob.get("/library/liked?format=csv").data)

    brought = Brought(file, "liked.csv", ZoneInfo("UTC"))
    rows = [one for one in brought.told() if isinstance(one, Row)]
    assert brought.problems == []
    tracks = [row.item.track for row in rows if isinstance(row.item, EntryTold)]
    assert [track.name for track in tracks] == ["=1+1", "Song 3"]
    assert [artist.name for artist in tracks[0].artists] == ["A; B", "Neu!"]
    assert rows[0].features == libraries.features(4)._replace(duration_ms=None)
    assert isinstance(rows[0].item, EntryTold) and rows[0].item.added_at == 1_700_000_000_000
