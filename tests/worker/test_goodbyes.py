"""Who leaves leaves nothing: no consent, no library, no list and no track that only they had."""

from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from core import consents
from core.consents import SPOTIFY_READS, Account, Tokens
from core.errors import Conflict
from core.settings import Settings
from database import (
    children,
    device_flows,
    goodbyes,
    grants,
    library_imports,
    library_settings,
    library_tasks,
    made_playlists,
    record_sounds,
    spotify_plays,
)
from database.children import NewChild
from database.engine import Database
from database.library_settings import USUAL
from database.made_playlists import NewPlaylist
from database.models import Base, LibraryAlbum, LibraryTrack, Person, Task
from database.owner import HOUSE, Owner
from database.spotify_plays import Gap
from database.track_picks import Pick
from tests import factories, libraries
from tests.worker.listening import begin
from worker_jobs.goodbyes import remove_person
from worker_jobs.library_forgetting import forget_library
from worker_jobs.library_imports.job import import_library

_TABLE = "track_id,track_name,artists,album_name,energy,tempo,valence\n"


@pytest.fixture
def root(db: Database) -> int:
    with db.writing() as session:
        return factories.person(session, "root", is_admin=True).id


@pytest.fixture
def ben(db: Database, settings: Settings, root: int) -> int:
    """Somebody who stays, with a library."""
    assert root
    return _member(db, settings, "ben", "shared,Both,Can,Tago,0.5,99,0.5\n")


def _member(db: Database, settings: Settings, name: str, rows: str) -> int:
    """Make somebody of whom there is a row of everything, and bring a file of theirs."""
    with db.writing() as session:
        person = factories.person(session, name)
        person_id = person.id
        _connect(session, settings, person_id, name)
        library = libraries.fill(session, person_id, name=f"List of {name}")
        libraries.analyse(session, person_id, "liked")
        library_settings.put(session, person_id, USUAL)
        spotify_plays.keep_gap(session, person_id, Gap(1, 2))
        record_id = factories.record(session, person, "Tago Mago", ["Can"])
        record_sounds.say(session, record_id, library.album)
        picks = [Pick("Song 0", ("Can",), None, "track0", None)]
        made_playlists.ask(session, Owner(person_id), NewPlaylist(name="Best"), picks)
    _bring(db, settings, person_id, rows)
    return person_id


def _connect(session: Any, settings: Settings, person_id: int, name: str) -> None:
    grants.put(
        session, settings.data, person_id, consents.SPOTIFY,
        account=Account(f"account of {name}", name),
        tokens=Tokens(SecretStr("access"), SecretStr("refresh"), 3_600, None),
        scopes=SPOTIFY_READS,
    )  # fmt: skip
    device_flows.begin(session, person_id, consents.GOOGLE, ["youtube"])


def _bring(db: Database, settings: Settings, person_id: int, rows: str) -> None:
    settings.uploads.mkdir(exist_ok=True)
    (settings.uploads / "brought").write_text(_TABLE + rows)
    run = begin(db, settings, Owner(person_id))
    import_library({"upload": "brought", "file_name": "tracks.csv"}, run)
    run.finish()


def rows(db: Database) -> dict[str, int]:
    """Return how many rows each table of libraries and consents has."""
    with db.reading() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
            # What an import says beside another's stays with who has brought it.
            if name.startswith(_OF_LIBRARIES) and name != "library_statements"
        }


_OF_LIBRARIES = (
    "grants", "oauth_", "device_", "library_", "playlist", "listing", "play_gaps", "track_features",
    "feature_absences", "analyses", "made_playlists", "record_sounds", "notifications",
)  # fmt: skip


def naming(db: Database, person_id: int) -> list[str]:
    """Return the tables in which a row leads to a person."""
    found = []
    with db.reading() as session:
        for name, table in Base.metadata.tables.items():
            for key in table.foreign_keys:
                if key.column.table.name == "people":
                    of = select(func.count()).select_from(table).where(key.parent == person_id)
                    found += [name] * bool(session.scalar(of))
    return sorted(found)


def leave(db: Database, settings: Settings, person_id: int, root: int) -> None:
    """Have somebody removed, and what follows from it done."""
    with db.writing() as session:
        task = goodbyes.ask(session, person_id, Owner(root, is_admin=True))
    if task is not None:
        remove_person({"person": person_id}, begin(db, settings, Owner(root)))
    with db.reading() as session:
        asked = select(Task.args).where(Task.action == library_tasks.FORGET)
        args = session.scalars(asked).one()
    forget_library(args, begin(db, settings, HOUSE))


@pytest.mark.parametrize("at_once", [2_000, -1])
def test_nothing_of_who_leaves_is_left_and_all_of_who_stays(
    db: Database,
    settings: Settings,
    root: int,
    ben: int,
    at_once: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(goodbyes, "AT_ONCE", at_once)
    before = rows(db)
    ada = _member(
        db, settings, "ada", "own,Mine,Faust,IV,0.1,9,0.1\nshared,Both,Can,Tago,0.5,99,1\n"
    )
    with db.reading() as session:
        names = set(session.scalars(select(LibraryTrack.name)))
    assert "Mine" in names and {"grants", "made_playlists", "analyses"} <= set(naming(db, ada))

    leave(db, settings, ada, root)

    assert naming(db, ada) == []
    assert rows(db) == before
    with db.reading() as session:
        assert session.get(Person, ben)
        assert "Faust" not in {one.credit for one in session.scalars(select(LibraryAlbum))}


def test_who_has_had_no_library_leaves_nothing_to_forget(db: Database, root: int, ben: int) -> None:
    with db.writing() as session:
        ada = factories.person(session, "ada").id
        goodbyes.ask(session, ada, Owner(root, is_admin=True))

    with db.reading() as session:
        query = select(Task.id).where(Task.action == library_tasks.FORGET)
        assert ben and session.scalars(query).all() == []


def test_a_child_has_no_library(db: Database, ben: int) -> None:
    with db.writing() as session:
        kim = children.add(session, ben, NewChild(name="kim")).id

    with db.writing() as session, pytest.raises(Conflict, match="child"):
        library_imports.ask(session, Owner(kim), "upload", "a.csv")
