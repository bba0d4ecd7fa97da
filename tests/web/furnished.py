"""A house in which there is one of everything, by the names that addresses have for it."""

from datetime import date, datetime
from typing import Any

from flask import Flask
from sqlalchemy import delete, select

from core import clock, kept_exports
from core.consents import GOOGLE_SCOPES, SPOTIFY_WRITES
from core.plays import Heard, Named, Source
from core.releases import Release
from database import (
    album_covers,
    feedback,
    film_imports,
    ledger,
    library_imports,
    linked_accounts,
    mosaics,
    notifications,
    play_corrections,
    play_imports,
    ratings,
    record_covers,
    shelf_history,
    shelf_imports,
    shelves,
    tasks,
)
from database.film_imports import NewImport
from database.ledger import Line
from database.models import (
    Album,
    Grant,
    LibraryArtist,
    Notification,
    Person,
    PlayEdit,
    Playlist,
    Recipe,
    Song,
    Task,
    Track,
)
from database.owner import Owner
from database.play_corrections import Said
from database.play_intake import Intake
from tests import digging, factories, libraries, little_crates
from tests.digging import Pressing
from tests.hall import BYTES, Hall
from tests.stand_in import StandIn
from tests.web.conftest import house
from tests.web.test_library_imports import BODY as LIBRARY_LOOKED_AT
from tests.web.test_play_imports import BODY as PLAYS_LOOKED_AT
from webapp.limits import limiter

_COVER = "ab" * 32
_EXPORT = "2026-11-24-18-30-12.zip"
_PART = {"kind": "records", "how": "added", "count": 1, "first": [{"what": "", "on": None}]}
_COUNTED = {"added": 1, "changed": 0, "same": 0, "skipped": 0, "parts": [_PART], "dry_run": True}
_GONE = dict.fromkeys(("records", "ratings", "songs", "credits", "balance", "changed_at"), 0)
_COUNTS = dict.fromkeys(("records", "ratings", "songs", "credit_trx"), 1)
_RESTORED: dict[str, Any] = {
    "gone": _GONE, "export": None, "result_url": "/shelf", "problems": [], "notes": [],
    "counts": _COUNTS, "balance": 0, "dry_run": False, "first": [], "more_problems": 0,
}  # fmt: skip
_ASK = {"names": ["Title"], "samples": [["Tago Mago"]], "likely": {"title": 0}}
_RELEASE = Release(7, "Tago Mago", ("Can",), ("United Artists",)).as_json()
# Tasks that have ended, by the beginning of the operations that are asked about them.
_ENDED: dict[str, tuple[str, dict[str, Any]]] = {
    "films_": ("import_films", _COUNTED),
    "shelf_restored": ("restore_shelf", _RESTORED),
    "shelf_replace_post": ("restore_shelf", _RESTORED),
    "shelf_choose": (shelf_history.ACTION, {"ask": _ASK, "dry_run": True, "result_url": "/"}),
    "shelf_releases": ("find_releases", {"found": [_RELEASE]}),
    "shelf_": (shelf_history.ACTION, _COUNTED),
    "tasks_": ("create_mosaic", {}),
    "library_": (library_imports.ACTION, LIBRARY_LOOKED_AT),
    "listening_": (play_imports.ACTION, PLAYS_LOOKED_AT),
}
_NAMES = {"mosaics_": "dave", "library_api_": "playlists"}
# A play that is corrected is none any more: each correction has one of its own.
_PLAYS = {"listening_change_play_post": 2, "listening_delete_play_post": 3}


class Furnished:
    """What is in the house; all of it is one person's."""

    def __init__(self, app: Flask, person_id: int) -> None:
        self._house, self._owner = house(app), Owner(person_id)
        self._ended = {begun: self._end(*task) for begun, task in _ENDED.items()}
        hall = Hall(self._house.db, self._house.settings.pictures)
        self._mosaic = hall.hang_large(person_id).public_id
        self._named: dict[str, Any] = {
            "seq": 1, "rating_id": 1, "artist_id": 1, "album_id": 1, "track_id": 1, "year": 2026,
            "recipe_id": "e" * 32, "user_id": str(person_id), "user_name": "alice",
            "kind": "artists", "item": 1,
            "child_id": 2, "route_id": 1,
        }  # fmt: skip
        self._collect()
        self._fill_the_shelf()
        self._listen()
        self._keep_a_library()
        self._leave_files()
        self._fill_a_crate()

    def _end(self, action: str, result: dict[str, Any]) -> str:
        """Put a task in and end it as a worker would; return its id."""
        file = {"upload": "a.upload", "file_name": "a", "dry_run": True, "to_five": False}
        said = {} if action == "create_mosaic" else file
        with self._house.db.writing() as session:
            public_id = tasks.enqueue(
                session, action, said, owner=self._owner, lane=tasks.LONG
            ).public_id
        worker = StandIn(self._house.db)
        worker.finish(worker.take(action), result)
        return public_id

    def _collect(self) -> None:
        with self._house.db.writing() as session:
            person = session.get_one(Person, self._owner.person_id)
            film = factories.film(session, "Ran", 1985)
            self._named["film_id"] = film.id
            factories.viewing(session, film, factories.source(session, person), half_stars=9)
            factories.film_list(session, person.id, ["Ran"])
            film_imports.begin(session, person.id, "a", NewImport(self._ended["films_"], "a.zip"))
            session.add(
                Recipe(
                    public_id="e" * 32, person_id=person.id, name="one", name_folded="one",
                    args={"source": "feed", "letterboxd_username": "dave", "period": "month"},
                    is_monthly=False, created_at=0,
                )
            )  # fmt: skip

    def _fill_the_shelf(self) -> None:
        with self._house.db.writing() as session:
            person = session.get_one(Person, self._owner.person_id)
            shelves.settle(session, person.id, date(2026, 1, 2))
            record_id = factories.record(session, person, "Tago Mago", cover_sha256=_COVER)
            self._named["record_id"] = record_id
            ratings.rate(session, record_id, 9, "2026-01-02")
            line = Line("Purchase", -1, "2026-01-02", record_id, "Can - Tago Mago (1971)")
            ledger.book(session, person.id, [line])
            session.add(Song(record_id=record_id, seq=1, title="Paperhouse", is_favourite=False))
            shelf_imports.begin(session, person.id, self._ended["shelf_"], "csv", "a.csv")
            linked_accounts.put(session, person.id, linked_accounts.DISCOGS, "sealed")

    def _listen(self) -> None:
        heard = [
            Heard(
                Named("Vitamin C", ("Can",), "Ege Bamyasi"),
                clock.now() - nth * clock.DAY,
                Source.SCROBBLE,
                nth,
                duration_ms=210_000,
            )
            for nth in range(1, 41)
        ]
        with self._house.db.writing() as session:
            play_imports.begin(session, self._owner.person_id or 0, self._ended["listening_"], "a")
            library_imports.begin(session, self._owner.person_id or 0, self._ended["library_"], "a")
            Intake(self._owner.person_id or 0).take(session, heard)
            track = session.scalars(select(Track)).one()
            feedback.give(session, self._owner.person_id or 0, 1, msid=track.msid)
            said = Said(title="Vitamin C", artists="Can", at=datetime(2026, 1, 2))  # noqa: DTZ001
            play_corrections.add(session, self._owner.person_id or 0, said, self._owner, None)
            self._ended["listening_undo_edit"] = session.scalars(select(PlayEdit.public_id)).one()
            album = session.scalars(select(Album)).first()
            assert album
            album_covers.show(session, album.id, _COVER)

    def _keep_a_library(self) -> None:
        person_id = self._owner.person_id or 0
        with self._house.db.writing() as session:
            kept = libraries.fill(session, person_id)
            analysis_id = libraries.analyse(session, person_id, "liked")
            session.get_one(LibraryArtist, kept.artist).image_sha256 = _COVER
            session.get_one(Playlist, kept.playlist).owner_id = "alice"
            made = factories.made_playlist(session, person_id).public_id
            self._ended |= dict.fromkeys(("library_go_on", "library_forget_made"), made)
            session.add(
                Grant(
                    person_id=person_id, provider="spotify", subject="alice", subject_name="Alice",
                    scopes=" ".join(SPOTIFY_WRITES), access_expires_at=0, authorised_at=0,
                    version=1, status="OK", created_at=0,
                )
            )  # fmt: skip
            task_id = self._ended["tasks_"]
            notifications.started(session, person_id, task_id, "library", None, "sync", {})
            notification_id = session.scalars(select(Notification.id)).one()
        self._named |= {
            "notification_id": notification_id, "spotify_id": "track0",
            "playlist_id": kept.playlist, "item_id": kept.artist, "analysis_id": analysis_id,
        }  # fmt: skip

    def _leave_files(self) -> None:
        own, person_id = self._house.settings, self._owner.person_id or 0
        for path in (
            own.uploads / "a.upload",
            own.pictures / mosaics.sketch_of(self._ended["tasks_"], 1),
            record_covers.path_of(own.covers, _COVER),
            kept_exports.folder_of(own.exports, person_id) / _EXPORT,
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(BYTES)

    def _fill_a_crate(self) -> None:
        pressings = [
            Pressing(id_, artists=(1,), labels=(1,), master_id=5, videos=2) for id_ in (1, 2)
        ]
        little_crates.serve(self._house.settings.data, digging.batch(pressings))
        person_id = self._owner.person_id or 0
        with self._house.db.writing() as session:
            filled = factories.youtube_playlist(session, person_id).public_id
            session.add(
                Grant(
                    person_id=person_id, provider="google", subject="UC-alice",
                    subject_name="Alice", scopes=" ".join(GOOGLE_SCOPES), access_expires_at=0,
                    authorised_at=0, version=1, status="OK", created_at=0,
                )
            )  # fmt: skip
        named = ("crates_playlist", "crates_go_on", "crates_forget_playlist")
        self._ended |= dict.fromkeys(named, filled)
        self._named |= {"release_id": 1, "master_id": 5, "label_id": 1}

    def named_by(self, operation: str) -> dict[str, Any]:
        """Return what an address may name, for it to lead to something."""
        begun = sorted(filter(operation.startswith, self._ended), key=len)
        ended = self._ended[begun[-1]] if begun else ""
        play_id = _PLAYS.get(operation, 1)
        # Whom plays are sent on to; of an account's page, whose account it is.
        provider = "spotify" if operation.startswith("accounts_") else "listenbrainz"
        name = next(
            (said for begun, said in _NAMES.items() if operation.startswith(begun)), _EXPORT
        )
        return self._named | {
            "public_id": ended or self._mosaic,
            "name": name,
            "found": ended,
            "play_id": play_id,
            "provider": provider,
        }

    def make_room(self) -> None:
        """Forget what was ordered, so that the next may be."""
        limiter.reset()
        with self._house.db.writing() as session:
            session.execute(delete(Task).where(Task.status == "WAITING"))
