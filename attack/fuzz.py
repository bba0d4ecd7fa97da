"""One parser under atheris, in a process of its own: an exception that is not ours is a crash.

    python -m attack.fuzz PARSER SECONDS FOLDER

core.errors are the ways in which a parser may say no; the rest ends the process with a trace.
"""

import io
import json
import logging
import os
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from attack.tools import ATTACK_VENV
from core.errors import NeedledropError

_MOST_BYTES = 4_096
_INPUT_SECONDS = 20
_MEMORY_MB = 1_024


class Parser(NamedTuple):
    """What is called with bytes, and what it is first called with."""

    read: Callable[[bytes], None]
    seeds: list[bytes]


def releases() -> Parser:
    """Records of a Discogs dump, damaged ones among them."""
    from fakes.dumps import release
    from worker_jobs.discogs_import.collecting import Collector, Wanted
    from worker_jobs.discogs_import.parsing import parse

    def read(data: bytes) -> None:
        records = data.split(b"</release>")[:-1]
        collector = Collector(Wanted(only_videos=False, barcodes=True))
        collector.collect(parse(records, b"</release>", lambda at: at))

    return Parser(read, [release(number) for number in (1, 5, 50, 100)])


def spotify() -> Parser:
    """Answers of Spotify, as each of the shapes that are read."""
    from clients import spotify_answers as answers
    from clients.http import Answer
    from clients.json_answers import read_json

    def read(data: bytes) -> None:
        asked = answers.Asked(0, 50)
        for of in _SPOTIFY:
            try:
                of(lambda model: read_json("Spotify", _answer(Answer, data), model), answers, asked)
            except NeedledropError:
                continue

    return Parser(read, [json.dumps(seed).encode() for seed in _SPOTIFY_SEEDS])


def _answer(answer: Any, data: bytes) -> Any:
    return answer(status=200, headers={}, body=data, url="")


_SPOTIFY: tuple[Callable[[Any, Any, Any], Any], ...] = (
    lambda as_, of, asked: of.page(as_(of.Listed[of.Entry]), asked, of.Entry.told),
    lambda as_, of, asked: of.page(as_(of.Listed[of.Entry]), asked, of.Entry.played),
    lambda as_, of, asked: of.page(as_(of.Listed[of.Saved]), asked, of.Saved.told),
    lambda as_, of, asked: of.page(as_(of.Listed[of.Playlist]), asked, of.Playlist.told),
    lambda as_, of, _: as_(of.Followed).page(None),
    lambda as_, of, _: as_(of.Profile).told(),
    lambda as_, of, _: as_(of.Sounds).by_id(),
    lambda as_, of, _: as_(of.Covers).best,
    lambda as_, of, _: as_(of.Totals).count,
)
_ARTIST = {"id": "a" * 22, "name": "Can", "genres": ["krautrock"], "type": "artist"}
_ALBUM = {
    "id": "b" * 22, "name": "Tago Mago", "release_date": "1971-02",
    "release_date_precision": "month",
    "artists": [_ARTIST], "total_tracks": 7, "images": [{"url": "https://x/1", "width": 64}],
}  # fmt: skip
_TRACK = {
    "id": "c" * 22, "name": "Halleluhwah", "duration_ms": 1_108_000, "artists": [_ARTIST],
    "album": _ALBUM, "external_ids": {"isrc": "DEF057730110"}, "type": "track", "uri": "spotify:x",
}  # fmt: skip
_AT = "2026-01-02T03:04:05Z"
_SPOTIFY_SEEDS: tuple[Any, ...] = (
    {"items": [{"track": _TRACK, "added_at": _AT, "played_at": _AT}], "total": 1, "next": None},
    {"items": [{"album": _ALBUM, "added_at": _AT}], "total": 1, "limit": 50, "next": "x"},
    {"items": [{"id": "d" * 22, "name": "Mix", "owner": {"id": "o"}, "tracks": {"total": 1}}]},
    {"artists": {"items": [_ARTIST], "cursors": {"after": "e"}, "next": "x", "total": 2}},
    {"id": "maya", "display_name": "Maya", "product": "free", "images": []},
    {"audio_features": [{"id": "c" * 22, "tempo": 1e308, "key": -1, "energy": "x"}, None]},
)


def discogs() -> Parser:
    """Answers of Discogs: a collection, a search, a release."""
    from clients import discogs_answers as answers
    from clients.http import Answer
    from clients.json_answers import read_json

    shapes: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
        (answers.Collection, lambda found: found.page(lambda address: address)),
        (answers.Found, lambda found: found.releases(lambda address: address)),
        (answers.WholeRelease, lambda found: found.told(lambda address: address)),
        (answers.Numbered, lambda found: found.names()),
    )

    def read(data: bytes) -> None:
        for shape, of in shapes:
            try:
                of(read_json("Discogs", _answer(Answer, data), shape))
            except NeedledropError:
                continue

    basics = {"id": 1, "title": "Tago Mago", "year": 1971, "artists": [{"name": "Can (2)"}]}
    basics["formats"] = [{"name": "Vinyl", "qty": "2", "descriptions": ["LP"]}]
    held = {"id": 1, "instance_id": 2, "date_added": "2026-01-02T03:04:05-08:00", "rating": 5}
    seeds: list[Any] = [
        {"pagination": {"pages": 1}, "releases": [{**held, "basic_information": basics}]},
        {"results": [{"id": 1, "title": "Can - Tago Mago", "year": "1971", "format": ["Vinyl"]}]},
        {**basics, "tracklist": [{"position": "A1", "title": "Paperhouse", "duration": "7:29"}]},
        {"folders": [{"id": 1, "name": "All"}], "fields": [{"id": 1, "name": "Notes"}]},
    ]
    return Parser(read, [json.dumps(seed).encode() for seed in seeds])


def imports() -> Parser:
    """A zip, or a file, that somebody brings: as films, and as plays."""
    from worker_jobs.imports import letterboxd
    from worker_jobs.play_imports.files import Brought

    place = Path(tempfile.mkdtemp()) / "brought"

    def read(data: bytes) -> None:
        place.write_bytes(data)
        for reading in (
            lambda: letterboxd.read(place, name="export.zip"),
            lambda: list(Brought(place, "export.zip", ZoneInfo("UTC")).plays()),
        ):
            try:
                reading()
            except NeedledropError:
                continue

    diary = "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n2026-01-02,Ran,1985,"
    plays = [{"ts": "2026-01-02T03:04:05Z", "ms_played": 1000, "master_metadata_track_name": "a"}]
    played = json.dumps(plays).encode()
    return Parser(read, [_zipped("diary.csv", diary.encode()), _zipped("a.json", played), played])


def _zipped(name: str, content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        out.writestr(name, content)
    return made.getvalue()


def cookie() -> Parser:
    """A session's cookie, and the header of a token."""
    from flask import Flask, session
    from werkzeug.test import EnvironBuilder

    from webapp.login import given_token

    app = Flask("cookies")
    app.secret_key = b"the key of this fuzzing alone"
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]

    def read(data: bytes) -> None:
        text = data.decode("latin-1")
        # werkzeug's own tests of a header's form stand before this.
        safe = text.replace("\r", "").replace("\n", "")
        headers = {"Cookie": f"session={safe}", "Authorization": safe}
        with app.request_context(
            EnvironBuilder(headers=list(headers.items())).get_environ()
        ) as context:
            given_token(context.request)
            dict(session)

    return Parser(read, [signer.dumps({"sid": "x"}).encode(), b"Bearer x", b"Token \xff"])


def query() -> Parser:
    """What is looked for in a crate, as it stands in an address."""
    from database.crate_digs import Dig, years

    def read(data: bytes) -> None:
        try:
            dig = Dig.from_args(parse_qsl(data.decode(errors="replace"), keep_blank_values=True))
        except NeedledropError:
            return
        again = Dig.from_args(dig.to_args())
        if again != dig:
            raise AssertionError(f"{dig} is not what its own address says: {again}")
        for said in (*dig.wanted("year"), *dig.unwanted("year")):
            years(said)

    return Parser(read, [b"q=can*&genre=Jazz&genre=-Funk&year=1970-1975&decade=1980s&main=1"])


def planted() -> Parser:
    """The control: it falls over what no seed holds."""

    def read(data: bytes) -> None:
        if data[:1] == b"N":
            raise KeyError("planted")

    return Parser(read, [b"xx"])


PARSERS: dict[str, Callable[[], Parser]] = {
    made.__name__: made for made in (releases, discogs, spotify, imports, cookie, query, planted)
}


def main() -> None:
    name, seconds, folder = sys.argv[1:]
    # Last, so that what the program itself leans on is found in its own place.
    sys.path += map(str, (ATTACK_VENV / "lib").glob("python*/site-packages"))
    import atheris

    logging.disable(logging.CRITICAL)
    corpus = Path(folder) / name
    corpus.mkdir()
    with atheris.instrument_imports(include=["core", "clients", "worker_jobs", "database"]):
        parser = PARSERS[name]()
    for number, seed in enumerate(parser.seeds):
        (corpus / str(number)).write_bytes(seed)
    # A crash is written where it is looked at.
    os.chdir(folder)

    def once(data: bytes) -> None:
        try:
            parser.read(data)
        except NeedledropError:
            return

    options = (
        f"-max_total_time={seconds}", f"-max_len={_MOST_BYTES}", f"-timeout={_INPUT_SECONDS}",
        f"-rss_limit_mb={_MEMORY_MB}", "-print_final_stats=1", str(corpus),
    )  # fmt: skip
    atheris.Setup([sys.argv[0], *options], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
