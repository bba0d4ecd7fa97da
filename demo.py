"""`./run demo`: the whole program with a household of two, without network and without keys.

Letterboxd, TMDB, Discogs and Spotify are stood in for by programs on this machine. Everything is
kept in a folder of its own; once it is there, the next start finds it as it was left.
"""

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from supervisor import Supervisor, prepare_environment, programs

_ROOT = Path(__file__).resolve().parent
_TMDB_TOKEN = "demo"  # noqa: S105 - of no real service
_DISCOGS_TOKEN = "a-token-of-the-demo-alone"  # noqa: S105 - neither
_SERVICES = 6
_NOT_PLAYED = tuple(
    f"NEEDLEDROP_{name}_URL"
    for name in ("RECCOBEATS", "GOOGLE_OAUTH", "YOUTUBE", "COVER_ART", "LISTENBRAINZ", "LASTFM")
)
# What a demo takes over from its surroundings; all else of the real house stays out of it.
_KEPT = ("NEEDLEDROP_HOST", "NEEDLEDROP_PORT", "NEEDLEDROP_PUBLIC_URL")


class Member(NamedTuple):
    name: str
    letterboxd_name: str
    is_admin: bool
    seed: int
    viewings: int
    records: int
    plays_a_day: float


MEMBERS = (
    Member("Maya", "maya", is_admin=True, seed=7, viewings=320, records=96, plays_a_day=7),
    Member("Jonas", "jonas", is_admin=False, seed=23, viewings=180, records=41, plays_a_day=4),
)
_INTERVAL_DAYS = 14
_CREDITS_FOR_DAYS = 430  # what was bought before that was simply there


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.exit(f"Error: {message}")


def main() -> int:
    parser = _Parser(prog="./run demo", description="A household to look at.")
    parser.add_argument("--data", type=Path, default=_ROOT / "demo-data", metavar="FOLDER")
    # The parts that the house starts by itself.
    parser.add_argument("part", nargs="?", default="house", help=argparse.SUPPRESS)
    given = parser.parse_args()
    household = the_household(given.data.resolve())
    if given.part == "people":
        _move_in(household)
        return 0
    if given.part == "services":
        return _serve(household)
    return _live(given.data.resolve(), household)


def the_household(data: Path) -> dict[str, Any]:
    """Return what must be the same at each start: passwords, the first day, ports.

    Raises:
        SystemExit: it cannot be kept, or what is kept cannot be read; the message says why.
    """
    file = data / "household.json"
    try:
        if not file.exists():
            _make_household(file)
        found: dict[str, Any] = json.loads(file.read_text())
    except OSError as error:
        sys.exit(f"The folder {data} cannot hold a demo: {error.strerror}.")
    except ValueError:
        found = {}
    if not isinstance(found, dict) or not found.keys() >= {"day", "passwords", "ports"}:
        sys.exit(f"{file} cannot be read: delete the folder {data} to begin anew.")
    if len(found["ports"]) != _SERVICES:
        sys.exit(f"This demo is an older version's: delete the folder {data} to begin anew.")
    return found


def _make_household(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = {
        "day": datetime.now(UTC).date().isoformat(),
        "passwords": {member.name: secrets.token_urlsafe(9) for member in MEMBERS},
        "ports": _free_ports(),
    }
    part = file.with_suffix(".part")
    part.touch(mode=0o600)
    with part.open("w") as out:
        json.dump(made, out, indent=2)
        out.flush()
        os.fsync(out.fileno())
    part.rename(file)


def _free_ports() -> list[int]:
    import socket

    with ExitStack() as held:
        found = [held.enter_context(socket.socket()) for _ in range(_SERVICES)]
        for one in found:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in found]


def surroundings(data: Path, household: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings of a house in which everything else is played by this machine."""
    letterboxd, tmdb, discogs, spotify, dumps, youtube = (
        f"http://127.0.0.1:{port}" for port in household["ports"]
    )
    return {
        "NEEDLEDROP_DATA": str(data),
        "NEEDLEDROP_LETTERBOXD_URL": letterboxd,
        "NEEDLEDROP_LETTERBOXD_IMAGE_URL": letterboxd,
        "NEEDLEDROP_TMDB_URL": tmdb,
        "NEEDLEDROP_TMDB_IMAGE_URL": tmdb,
        "NEEDLEDROP_TMDB_TOKEN": _TMDB_TOKEN,
        "NEEDLEDROP_DISCOGS_API_URL": discogs,
        "NEEDLEDROP_DISCOGS_IMAGE_URL": discogs,
        "NEEDLEDROP_DISCOGS_DATA_URL": dumps,
        "NEEDLEDROP_YOUTUBE_PAGE_URL": youtube,
        "NEEDLEDROP_DISCOGS_TOKEN": _DISCOGS_TOKEN,
        "NEEDLEDROP_SPOTIFY_API_URL": f"{spotify}/v1",
        "NEEDLEDROP_SPOTIFY_ACCOUNTS_URL": spotify,
        "NEEDLEDROP_SPOTIFY_IMAGE_URL": spotify,
        "NEEDLEDROP_SPOTIFY_CLIENT_ID": "an-app",
        "NEEDLEDROP_SPOTIFY_CLIENT_SECRET": "an-app-secret",
        # Nobody plays these; this one says of all that it does not know that it is not there.
        **dict.fromkeys(_NOT_PLAYED, letterboxd),
    }


def _live(data: Path, household: Mapping[str, Any]) -> int:
    for name in [name for name in os.environ if name.startswith("NEEDLEDROP_")]:
        if name not in _KEPT:
            del os.environ[name]
    os.environ |= surroundings(data, household)
    prepare_environment()
    myself = [sys.executable, str(_ROOT / "demo.py"), "--data", str(data)]
    # In a process of its own: what it loads would stay in this one for good. Ctrl-C is ours.
    moved_in = subprocess.run(  # noqa: S603 - this very program
        [*myself, "people"], check=False, start_new_session=True
    )
    if moved_in.returncode:
        return moved_in.returncode
    _introduce(household, data)
    return Supervisor({"services": [*myself, "services"], **programs()}).run()


def _introduce(household: Mapping[str, Any], data: Path) -> None:
    print("A household to look at; other services are played by this machine.")  # noqa: T201
    for member in MEMBERS:
        what = "the admin" if member.is_admin else "a member"
        password = household["passwords"][member.name]
        print(f"  {member.name}, {what}: password {password}")  # noqa: T201
    names = " or ".join(member.letterboxd_name for member in MEMBERS)
    print(f"  To bring Maya's records from Discogs: token {_DISCOGS_TOKEN}")  # noqa: T201
    print(f"  Guests may ask for a mosaic of {names}.")  # noqa: T201
    print(f"  All of it is in {data}; delete that folder to begin anew.", flush=True)  # noqa: T201


def _move_in(household: Mapping[str, Any]) -> None:
    """Make people, each with their first tasks; what was cut short is taken up the next time."""
    from core.settings import load
    from database import people, schema
    from database.engine import Database

    settings = load()
    for folder in (settings.running, settings.uploads):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    done = settings.data / "moved-in"
    if done.exists():
        # Who is missing now has been removed since.
        return
    db = Database(settings.database, settings.running)
    schema.ensure(db)
    with db.reading() as session:
        there = {person.name for person in people.listed(session)}
    for member in MEMBERS:
        if member.name not in there:
            _move_one_in(db, settings.uploads, member, household)
    db.close()
    done.touch()


def _move_one_in(db: Any, uploads: Path, member: Member, household: Mapping[str, Any]) -> None:
    from core import clock
    from database import crate_sample, film_imports, mosaic_orders, people, record_covers
    from database.mosaic_asked import FeedOrder, Order
    from database.mosaic_orders import Files
    from database.owner import Owner
    from database.people import NewPerson
    from fakes.export import export

    zone, called = clock.machine_zone(), f"letterboxd-{member.letterboxd_name}.zip"
    zipped = export(member.letterboxd_name, _diary(member, household))
    brought = [f"{secrets.token_hex(16)}.upload" for _ in range(2)]
    for name in brought:
        (uploads / name).write_bytes(zipped)
    with db.writing() as session:
        wanted = NewPerson(username=member.name, password=household["passwords"][member.name])
        person_id = people.add(session, wanted, zone=zone, is_admin=member.is_admin).id
        people.change(session, person_id, zone=zone, letterboxd_name=member.letterboxd_name)
    # Before the films, for which TMDB is asked one by one.
    today = date.fromisoformat(household["day"])
    _put_plays_in(db, uploads, person_id, (member.seed, today, member.plays_a_day))
    with db.writing() as session:
        if member.is_admin:
            # The others may try for themselves how it is connected.
            _connect_spotify(session, uploads.parent, person_id, member)
            crate_sample.ask(session, Owner(person_id))
        owner = Owner(person_id)
        film_imports.ask(session, owner, brought[0], called)
        feed = FeedOrder(letterboxd_username=member.letterboxd_name, period="last30")
        mosaic_orders.place(session, feed, owner=owner, zone=zone)
        wall = Order(period="all", layout="wall", sequence="islands")
        mosaic_orders.place(session, wall, owner=owner, zone=zone, files=Files(brought[1], called))
        _put_records_up(session, person_id, member, household)
        record_covers.order(session, owner)


def _put_plays_in(db: Any, uploads: Path, person_id: int, whose: tuple[Any, ...]) -> None:
    """Have a history brought as people bring it, and a year of a player's scrobbles kept."""
    from database import album_covers, listeners, play_imports, play_tops
    from database.owner import Owner
    from database.play_intake import Intake
    from database.play_sums import Kind
    from database.play_windows import ALWAYS
    from fakes.listening import export, scrobbles

    upload = f"{secrets.token_hex(16)}.upload"
    (uploads / upload).write_bytes(export(*whose))
    with db.writing(bulk=True) as session:
        Intake(person_id).take(session, list(scrobbles(*whose)))
    with db.writing() as session:
        owner = Owner(person_id)
        play_imports.ask(session, owner, upload, "my_spotify_data.zip")
        seen = listeners.seen_by(session, person_id, owner)
        albums = play_tops.tops(session, seen, Kind.ALBUM, ALWAYS, limit=100)
        album_covers.order(session, owner, {album.item for album in albums})


def _connect_spotify(session: Any, data: Path, person_id: int, member: Member) -> None:
    from pydantic import SecretStr

    from core.consents import SPOTIFY, SPOTIFY_READS, SPOTIFY_WRITES, Account, Tokens
    from database import grants, library_tasks

    tokens = Tokens(
        SecretStr(f"access {member.name}"), SecretStr(f"refresh {member.name}"), 60, None
    )
    grants.put(
        session,
        data,
        person_id,
        SPOTIFY,
        account=Account(f"account0{member.letterboxd_name}", member.name),
        tokens=tokens,
        scopes=[*SPOTIFY_READS, *SPOTIFY_WRITES],
    )
    library_tasks.place_sync(session, person_id)


def _put_records_up(
    session: Any, person_id: int, member: Member, household: Mapping[str, Any]
) -> None:
    from database import ledger, record_copies, shelves
    from database.ledger import Line
    from fakes.records import collection

    today = date.fromisoformat(household["day"])
    credits_from = today - timedelta(days=_CREDITS_FOR_DAYS)
    rules = shelves.Rules(credits_from=credits_from.isoformat(), interval_days=_INTERVAL_DAYS)
    shelves.change(session, person_id, rules, today)
    owned = list(collection(member.seed, today, member.records))
    discogs = os.environ["NEEDLEDROP_DISCOGS_API_URL"]
    ids = record_copies.add(session, person_id, [one.copy(discogs) for one in owned])
    lines = []
    for record_id, one in zip(ids, owned, strict=True):
        record = one.record
        what = f"{' / '.join(record.artists)} - {record.title} ({record.year})"
        kind = "Purchase" if one.bought_on >= credits_from else "Initial Load"
        value = 0 if one.was_gift or kind == "Initial Load" else -1
        lines.append(Line(kind, value, one.bought_on.isoformat(), record_id, what))
        if one.removed_on is not None:
            lines.append(Line("Remove", 1, one.removed_on.isoformat(), record_id, what))
    ledger.book(session, person_id, sorted(lines, key=lambda line: line.booked_on))


def _diary(member: Member, household: Mapping[str, Any]) -> list[Any]:
    from fakes.diary import diary

    return diary(member.seed, date.fromisoformat(household["day"]), member.viewings)


def _elsewhere(household: Mapping[str, Any]) -> list[Any]:
    """Return what the first member has at Discogs: for the reader to bring."""
    from fakes.records import collection

    return list(collection(31, date.fromisoformat(household["day"]), 60))


def _serve(household: Mapping[str, Any]) -> int:
    """Be Letterboxd, TMDB, Discogs, Spotify and YouTube until SIGTERM."""
    from fakes.discogs import FakeDiscogs
    from fakes.letterboxd import FakeLetterboxd
    from fakes.tmdb import FakeTmdb
    from fakes.youtube_pages import FakeYouTubePages

    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    letterboxd_port, tmdb_port, discogs_port, spotify_port, dumps_port, youtube_port = household[
        "ports"
    ]
    try:
        letterboxd = FakeLetterboxd(letterboxd_port)
        tmdb = FakeTmdb(_TMDB_TOKEN, tmdb_port)
        discogs = FakeDiscogs({_DISCOGS_TOKEN: MEMBERS[0].letterboxd_name}, discogs_port)
        spotify = _spotify(household, spotify_port)
        dumps = _dumps(household, dumps_port)
        youtube = FakeYouTubePages(youtube_port)
    except OSError as error:
        ports = ", ".join(map(str, household["ports"]))
        sys.exit(f"The ports {ports} must be free: {error.strerror}.")
    with letterboxd, tmdb, discogs, spotify, dumps, youtube:
        for member in MEMBERS:
            letterboxd.member(member.letterboxd_name, _diary(member, household))
        discogs.collects(MEMBERS[0].letterboxd_name, _elsewhere(household))
        signal.sigwait([signal.SIGTERM])
    return 0


def _spotify(household: Mapping[str, Any], port: int) -> Any:
    from fakes.listening_library import catalogue, library
    from fakes.spotify import FakeSpotify

    today = date.fromisoformat(household["day"])
    music = catalogue()
    libraries = [
        library((member.letterboxd_name, member.name), music, seed=member.seed, today=today)
        for member in MEMBERS
    ]
    made = FakeSpotify(*libraries, port=port)
    made.has_features = True
    made.login, made.accounts.recalls = None, True
    given = made.accounts.consent(MEMBERS[0].letterboxd_name)
    given.refresh = f"refresh {MEMBERS[0].name}"
    return made


def _dumps(household: Mapping[str, Any], port: int) -> Any:
    """Return a page with a small dump of this month."""
    from fakes.discogs_data import FakeDiscogsData
    from fakes.dumps import dump, packed, release

    made = FakeDiscogsData(port)
    version = f"{date.fromisoformat(household['day']):%Y%m}01"
    made.puts(version, "releases", packed(dump(map(release, range(1, 2_000)))))
    made.completes(version)
    return made


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Stopped.")
