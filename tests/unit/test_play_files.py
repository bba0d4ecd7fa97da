"""Histories of plays are known by their content and read row by row, whatever state they are in."""

import codecs
import gzip
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core import kinds, play_formats
from core.errors import BadFile
from core.kinds import Kind
from core.plays import Heard, Source, row_key
from fakes import plays
from fakes.plays import Played
from worker_jobs.play_imports.files import Brought
from worker_jobs.play_imports.rows import Loved

BERLIN = ZoneInfo("Europe/Berlin")
TO_THE_MINUTE = {"account", "lastfm_no_header", "lastfm_minutes"}


class Reading(Brought):
    """What was brought, and all that came of it."""

    found: list[Heard]
    loved: list[Loved]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Reading]:
    def read(content: str | bytes, name: str = "file", zone: ZoneInfo = BERLIN) -> Reading:
        path = tmp_path / "brought"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        brought = Reading(path, name, zone)
        all_of_it = list(brought.plays())
        brought.found = [one for one in all_of_it if isinstance(one, Heard)]
        brought.loved = [one for one in all_of_it if isinstance(one, Loved)]
        return brought

    return read


def ends(brought: Brought) -> list[str]:
    """Return what was told, without the name of the file."""
    return [said.partition(": ")[2] for said in brought.problems]


def of(one: Heard) -> tuple[int, tuple[str, ...], str]:
    return one.started_at // 1000, one.named.artists, one.named.title


def extended(*rows: dict[str, Any]) -> str:
    return json.dumps(list(rows))


ONE = Played(1_700_000_000, "Can", "Vitamin C", "Ege Bamyasi")


@pytest.mark.parametrize("format_", plays.FORMATS)
def test_every_format_tells_the_same_history(read: Callable[..., Reading], format_: str) -> None:
    history = plays.history(300)
    content = plays.FORMATS[format_](history)

    brought = read(content, "renamed.bin", ZoneInfo("UTC"))

    unit = 60 if format_ in TO_THE_MINUTE else 1
    slack = 60 if format_ == "account" else 0
    assert ends(brought) == []
    assert [part.rows for part in brought.parts] == [300]
    for one, played in zip(brought.found, history, strict=True):
        assert one.named.title == played.title
        assert one.named.artists == (played.artist,)
        assert one.named.album == ("" if format_ == "account" else played.album)
        assert abs(one.started_at // 1000 - played.at // unit * unit) <= slack
    assert len({one.row_key for one in brought.found}) == 300


@pytest.mark.parametrize("format_", plays.FORMATS)
@pytest.mark.parametrize("pack", [gzip.compress, lambda content: plays.zipped({"a": content})])
def test_a_file_is_unwrapped_and_leads_to_the_right_place(
    read: Callable[..., Reading], tmp_path: Path, format_: str, pack: Callable[[bytes], bytes]
) -> None:
    content = plays.FORMATS[format_](plays.history(100)).encode()

    brought = read(pack(content))

    assert len(brought.found) == 100
    assert kinds.of(tmp_path / "brought") is Kind.PLAYS
    (tmp_path / "plain").write_bytes(content)
    assert kinds.of(tmp_path / "plain") is Kind.PLAYS


@pytest.mark.parametrize("format_", plays.FORMATS)
@pytest.mark.parametrize(
    "encode",
    [
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
    ],
    ids=["utf-8 with a mark", "utf-16 with a mark", "utf-16-le", "utf-16-be"],
)
def test_any_encoding_gives_the_same_plays(
    read: Callable[..., Reading], format_: str, encode: Callable[[str], bytes]
) -> None:
    text = plays.FORMATS[format_](plays.history(700))

    assert read(encode(text)).found == read(text).found


def test_what_is_not_utf8_is_read_as_western_european(read: Callable[..., Reading]) -> None:
    history = [one for one in plays.history(200) if "本" not in one.artist]
    text = plays.lastfm_table(history)

    brought = read(text.encode("latin-1"))

    assert [one.named.artists[0] for one in brought.found] == [one.artist for one in history]
    assert ends(brought) == ["it is not all UTF-8; the rest was read as Western European."]


@pytest.mark.parametrize("format_", plays.FORMATS)
def test_nuls_and_mixed_line_ends_do_no_harm(read: Callable[..., Reading], format_: str) -> None:
    text = plays.FORMATS[format_](plays.history(200)).replace("\r\n", "\n")
    lines = text.split("\n")
    mixed = "".join(line + ("\r\n", "\n", "\r")[at % 3] for at, line in enumerate(lines))
    torn = mixed.replace("Song", "So\0ng")

    brought = read(torn)

    assert brought.found == read(text).found
    assert ends(brought) == ["it held NUL characters; they were dropped."]


@pytest.mark.parametrize("format_", plays.FORMATS)
def test_of_a_file_that_was_cut_the_whole_rows_are_kept(
    read: Callable[..., Reading], format_: str
) -> None:
    text = plays.FORMATS[format_](plays.history(400))
    whole = read(text).found

    brought = read(text[: len(text) * 2 // 3 - 5])

    kept = len(brought.found)
    assert 200 < kept < 300
    # A table that is cut within a cell has a row that looks whole.
    assert brought.found[:-1] == whole[: kept - 1]
    if text.lstrip().startswith(("[", "{")):
        assert brought.found == whole[:kept]
        assert len(ends(brought)) == 1


@pytest.mark.parametrize("at", [0.0, 0.3, 0.999])
@pytest.mark.parametrize("format_", ["extended", "account", "pages", "maloja", "koito"])
def test_a_broken_object_costs_itself_alone(
    read: Callable[..., Reading], format_: str, at: float
) -> None:
    history = plays.history(400)
    number = int(at * len(history))
    torn = history[number]._replace(title="Torn here")
    text = plays.FORMATS[format_]([*history[:number], torn, *history[number + 1 :]])

    brought = read(text.replace('"Torn here"', '"Torn "here"'))

    assert [one.named.title for one in brought.found] == [
        one.title for one in history if one is not history[number]
    ]
    assert [part.problems.skipped for part in brought.parts] == [1]
    assert f"row {number + 1}: it is no JSON." in brought.problems[0]


@pytest.mark.parametrize("format_", ["pano", "listenbrainz", "lastfm_table", "scrobbler_log"])
def test_a_broken_line_costs_itself_alone_and_is_told(
    read: Callable[..., Reading], format_: str
) -> None:
    lines = plays.FORMATS[format_](plays.history(50)).splitlines()
    lines[20] = '{"not": whole, "quoted'

    brought = read("\n".join(lines))

    assert len(brought.found) == len(read("\n".join(lines[:20] + lines[21:])).found)
    assert ", row 21: " in brought.problems[0]


def test_the_first_twenty_bad_rows_are_told_and_all_are_counted(
    read: Callable[..., Reading],
) -> None:
    rows = [plays.extended_row(ONE, ts=f"never {number}") for number in range(50)]

    brought = read(extended(*rows, plays.extended_row(ONE)), "history.json")

    assert len(brought.found) == 1
    assert brought.parts[0].problems.skipped == 50
    assert brought.problems[0] == "history.json, row 1: its time cannot be read."
    assert brought.problems[20:] == ["history.json: 30 more rows were left out."]


@pytest.mark.parametrize(
    ("otherwise", "started", "raw"),
    [
        ({"offline_timestamp": None}, 1_699_999_800_000, None),
        ({"offline_timestamp": 0}, 1_699_999_800_000, None),
        ({"offline_timestamp": ""}, 1_699_999_800_000, None),
        ({"offline_timestamp": 1_699_999_799}, 1_699_999_799_000, None),
        ({"offline_timestamp": 1_699_999_799_123}, 1_699_999_799_123, None),
        # It was paused over night; two days are no pause, and nothing begins after its end.
        ({"offline_timestamp": 1_699_940_000}, 1_699_940_000_000, None),
        (
            {"offline_timestamp": 1_699_800_000},
            1_699_999_800_000,
            {"offline_timestamp": 1_699_800_000},
        ),
        (
            {"offline_timestamp": 1_700_000_100},
            1_699_999_800_000,
            {"offline_timestamp": 1_700_000_100},
        ),
    ],
)
def test_a_play_of_spotify_begins_when_its_player_says_or_as_long_before_its_end_as_it_played(
    read: Callable[..., Reading], otherwise: dict[str, Any], started: int, raw: dict[str, Any]
) -> None:
    row = plays.extended_row(ONE, ts=plays.iso(1_700_000_000), **otherwise)

    one = read(extended(row)).found[0]

    assert (one.started_at, one.ended_at, one.raw) == (started, 1_700_000_000_000, raw)


def test_addresses_and_user_names_are_never_kept(read: Callable[..., Reading]) -> None:
    brought = read(plays.my_spotify_data(plays.history(100)))

    everything = repr(brought.found) + repr([part.as_json() for part in brought.parts])
    assert len(brought.found) == 100
    for private in ("203.0.113.77", "secret-agent", "a.private.name"):
        assert private not in everything


def test_a_zip_says_of_each_file_what_it_was(read: Callable[..., Reading]) -> None:
    brought = read(plays.my_spotify_data(plays.history(100)))

    told = {part.name.rpartition("/")[2]: part for part in brought.parts}
    assert {name: part.why_not for name, part in told.items() if part.why_not} == {
        "ReadMeFirst_ExtendedStreamingHistory.pdf": "not a history of plays",
        "Userdata.json": "personal, and never opened",
        "YourLibrary.json": "part of a library",
        "Playlist1.json": "part of a library",
    }
    assert told["Streaming_History_Audio_2018_1.json"].as_json() == {
        "name": "Spotify Extended Streaming History/Streaming_History_Audio_2018_1.json",
        "format": "Spotify, extended history",
        "rows": 50,
        "unreadable": 0,
        "aside": {},
        "why_not": "",
    }
    assert brought.problems == []
    assert brought.done <= brought.size


def test_what_spotify_knows_besides_music_is_kept_as_what_it_is(
    read: Callable[..., Reading],
) -> None:
    nothing = {
        "master_metadata_track_name": None,
        "master_metadata_album_artist_name": None,
        "master_metadata_album_album_name": None,
        "spotify_track_uri": None,
    }
    episode = {
        "episode_name": "An episode",
        "episode_show_name": "A show",
        "spotify_episode_uri": "spotify:episode:5ab",
    }
    chapter = {
        "audiobook_title": "A book",
        "audiobook_chapter_title": "Chapter 1",
        "audiobook_chapter_uri": "spotify:episode:6cd",
    }
    gone = {"spotify_track_uri": "spotify:track:7ef"}
    rows = [plays.extended_row(ONE, **nothing | more) for more in (episode, chapter, gone, {})]

    brought = read(extended(*rows))

    assert [tuple(one.named) for one in brought.found] == [
        ("An episode", (), "", "", "podcast", "A show"),
        ("Chapter 1", (), "A book", "", "audiobook", "A book"),
        ("spotify:track:7ef", (), "", "", "music", ""),
    ]
    assert [one.ids for one in brought.found] == [
        (("spotify", "5ab"),),
        (("spotify", "6cd"),),
        (("spotify", "7ef"),),
    ]
    assert ends(brought) == ["it names nothing that was played."]


def test_old_flags_and_countries_of_spotify_say_nothing(read: Callable[..., Reading]) -> None:
    row = plays.extended_row(ONE, shuffle="", skipped=True, conn_country="ZZ", reason_end=None)

    context = read(extended(row)).found[0].context

    assert context
    assert (context.is_shuffled, context.is_skipped, context.country, context.reason_end) == (
        None,
        True,
        None,
        None,
    )


def test_rows_of_spotify_are_one_only_where_all_of_them_is_the_same(
    read: Callable[..., Reading],
) -> None:
    """Must show 5.5.8: two plays in one second both stay."""
    row = plays.extended_row(ONE)
    other = plays.extended_row(ONE, spotify_track_uri="spotify:track:other")
    longer = plays.extended_row(ONE, ms_played=ONE.ms_played + 1)
    nameless = plays.extended_row(ONE, spotify_track_uri=None)

    keys = [one.row_key for one in read(extended(row, other, longer, nameless, row)).found]

    assert len(set(keys)) == 4
    assert keys[0] == keys[4]


def test_rows_are_known_by_the_same_whichever_way_they_come(read: Callable[..., Reading]) -> None:
    history = plays.history(100)

    by_pages, by_table, by_r = (
        [one.row_key for one in read(content, zone=ZoneInfo("UTC")).found]
        for content in (
            plays.pages(history),
            plays.lastfm_table(history),
            plays.lastfm_r(history),
        )
    )

    assert by_pages == by_table == by_r
    assert by_pages[0] == row_key(Source.LASTFM, history[0].at, history[0].artist, history[0].title)


def test_equal_rows_of_a_minute_are_told_apart_and_known_again(
    read: Callable[..., Reading],
) -> None:
    twice = [ONE, ONE._replace(at=ONE.at + 5), ONE._replace(at=ONE.at + 300)]

    first = [one.row_key for one in read(plays.lastfm_no_header(twice)).found]
    again = [one.row_key for one in read(plays.lastfm_no_header(twice)).found]

    assert len(set(first)) == 3
    assert first == again


def test_what_is_playing_or_was_skipped_is_no_play(read: Callable[..., Reading]) -> None:
    log = plays.scrobbler_log([ONE]) + (
        "Can\tFuture Days\tMoonshake\t3\t180\tS\t1700000300\t\n"
        "<Untagged>\t\t<Untagged>\t\t180\tL\t1700000600\t\n"
    )

    paging = read(plays.pages([ONE], playing=ONE))
    logged = read(log)

    assert (len(paging.found), len(logged.found)) == (1, 1)
    assert paging.parts[0].aside == {"what was playing when it was saved": 1}
    assert logged.parts[0].aside == {"skipped while it played": 1, "without a name": 1}
    assert paging.problems == logged.problems == []


def test_a_page_of_lastfm_with_one_track_alone_is_read(read: Callable[..., Reading]) -> None:
    track = json.loads(plays.pages([ONE]))[0]["track"][0]
    one = {"track": track, "@attr": {"page": "2"}}

    brought = read(json.dumps([one, {"track": [], "@attr": {}}, {"track": [track, track]}]))

    assert len(brought.found) == 3
    assert brought.problems == []


def test_the_log_of_a_player_without_a_zone_is_in_that_of_the_person(
    read: Callable[..., Reading],
) -> None:
    log = plays.scrobbler_log([ONE]).replace("#TZ/UTC", "#TZ/UNKNOWN")

    one = read(log, zone=BERLIN).found[0]

    assert one.started_at == (ONE.at - 3600) * 1000
    assert one.duration_ms == 200_000
    assert one.context and one.context.client == "Rockbox sansaclipplus 1.0"


def test_a_table_of_r_is_in_the_zone_of_the_person(read: Callable[..., Reading]) -> None:
    one = read(plays.lastfm_r([ONE]), zone=BERLIN).found[0]

    assert one.started_at == (ONE.at - 3600) * 1000


def test_a_bad_id_in_a_log_costs_the_id_alone(read: Callable[..., Reading]) -> None:
    mbid = "08e8f55b-f1a4-46b8-b2d1-fab4c592165c"
    lines = plays.scrobbler_log([ONE, ONE._replace(at=ONE.at + 300)]).split("\n")
    lines[3] = lines[3][:-1] + f"\t{mbid}"
    lines[4] = lines[4][:-1] + "\tno id at all"

    brought = read("\n".join(line.replace("\t\t", "\t") for line in lines))

    assert [one.ids for one in brought.found] == [(("mbid", mbid),), ()]


def test_the_artist_with_the_bullet_leads_in_what_maloja_writes(
    read: Callable[..., Reading],
) -> None:
    said = json.loads(plays.maloja([ONE]))
    said["scrobbles"][0]["track"]["artists"] = ["Feat", "Main • Feat"]
    said["scrobbles"][0]["track"]["album"] = None

    one = read(json.dumps(said)).found[0]

    assert one.named.artists == ("Main", "Feat")
    assert one.named.album == ""


def test_what_maloja_and_koito_had_from_spotify_tells_the_end(
    read: Callable[..., Reading],
) -> None:
    of_maloja, of_koito = json.loads(plays.maloja([ONE])), json.loads(plays.koito([ONE]))
    of_maloja["scrobbles"][0] |= {"origin": "import:spotify", "duration": 100}
    of_koito["listens"][0]["client"] = "spotify"

    found = [read(json.dumps(said)).found[0] for said in (of_maloja, of_koito)]

    assert [(one.started_at // 1000, one.ended_at) for one in found] == [
        (ONE.at - 100, ONE.at * 1000),
        (ONE.at - 200, ONE.at * 1000),
    ]


def test_an_album_that_koito_made_up_is_left_out(read: Callable[..., Reading]) -> None:
    said = json.loads(plays.koito([ONE, ONE]))
    for client, listen in zip(("lastfm", "navidrome"), said["listens"], strict=True):
        listen["client"] = client
        listen["album"]["aliases"] = [{"alias": ONE.title, "is_primary": True}]

    assert [one.named.album for one in read(json.dumps(said)).found] == ["", "Vitamin C"]


def test_listens_keep_what_is_known_of_them_and_not_what_listenbrainz_made_up(
    read: Callable[..., Reading],
) -> None:
    said = json.loads(plays.listenbrainz([ONE]))
    said["track_metadata"]["artist_name"] = "Can feat. Damo"
    said["track_metadata"]["additional_info"] = {
        "artist_names": ["Can", "Damo"],
        "recording_mbid": "08E8F55B-F1A4-46B8-B2D1-FAB4C592165C",
        "isrc": "deA120000001",
        "spotify_id": "https://open.spotify.com/track/7ef?si=1",
        "duration": "200.4",
        "duration_played": 60,
        "media_player": "mpv",
        "recording_msid": "0a94fdbf-0b1d-4346-b43a-bb7354aad530",
        "tags": ["krautrock"],
        "playlist": "a\0b",
    }

    one = read(json.dumps(said)).found[0]

    assert one.named.artists == ("Can", "Damo")
    assert one.ids == (
        ("mbid", "08e8f55b-f1a4-46b8-b2d1-fab4c592165c"),
        ("spotify", "7ef"),
        ("isrc", "DEA120000001"),
    )
    assert (one.duration_ms, one.ms_played) == (200_400, 60_000)
    assert one.context and one.context.player == "mpv"
    assert one.raw is None or "\0" not in json.dumps(one.raw)


def test_what_is_loved_comes_with_a_zip_of_listenbrainz(read: Callable[..., Reading]) -> None:
    mbid = "08e8f55b-f1a4-46b8-b2d1-fab4c592165c"
    feedback = "\n".join(
        json.dumps({"recording_msid": None, "recording_mbid": mbid, "score": score, "created": 17})
        for score in (1, -1, 0)
    )

    brought = read(
        plays.zipped(
            {"feedback.jsonl": feedback, "listens/2025/6.jsonl": plays.listenbrainz([ONE])}
        )
    )

    assert brought.loved == [Loved("", mbid, 1, 17_000), Loved("", mbid, -1, 17_000)]
    assert len(brought.found) == 1
    assert ", row 3: " in brought.problems[0]


def hostile_rows() -> Iterator[Any]:
    """Rows of Spotify's that are JSON and make no sense."""
    yield from (None, 1, "text", {}, {"ts": None, "ms_played": None})
    for name, value in (
        ("ts", 5),
        ("ts", "2025-13-01T00:00:00Z"),
        ("ts", "9999-01-01T00:00:00Z"),
        ("ms_played", -1),
        ("ms_played", 10**30),
        ("ms_played", float("nan")),
        ("ms_played", float("inf")),
        ("ms_played", {}),
        ("master_metadata_track_name", {"a": 1}),
        ("master_metadata_album_artist_name", ["x"]),
        ("master_metadata_track_name", "\0 \0"),
        ("master_metadata_album_artist_name", "\ud800"),
        ("offline_timestamp", "soon"),
        ("platform", ["x"]),
    ):
        yield plays.extended_row(ONE, **{name: value})


def test_rows_that_make_no_sense_are_told_and_do_no_harm(read: Callable[..., Reading]) -> None:
    rows = list(hostile_rows())
    good = plays.extended_row(ONE)

    brought = read(json.dumps([good, *rows, good]))

    assert len(brought.found) == 2
    assert brought.parts[0].problems.skipped == len(rows)


@pytest.mark.parametrize(
    "nonsense",
    [
        '{"a":' * 50_000,
        "[" * 500_000,
        '{"ts":"' + "x" * 1_500_000 + '"}',
        "[" + "9" * 5_000 + ",",
        '{"ts":1,"a":[' + "{}," * 400_000,
    ],
    ids=["deep", "lists", "long", "number", "wide"],
)
def test_what_is_made_to_do_harm_costs_itself_alone(
    read: Callable[..., Reading], nonsense: str
) -> None:
    good = json.dumps(plays.extended_row(ONE))
    torn = nonsense if nonsense.endswith("}") else nonsense + "1}"

    brought = read(f"[{good},{torn},{good}]")

    assert len(brought.found) in (1, 2)
    assert len(brought.problems) >= 1 or nonsense.startswith("[[")


def test_a_cell_that_is_long_costs_no_other_row(read: Callable[..., Reading]) -> None:
    lines = plays.lastfm_table(plays.history(30)).splitlines()
    lines[5] = f"1500000000,,{'x' * 200_000},,,,title,"

    assert len(read("\n".join(lines)).found) == 30


def test_a_line_without_end_is_told_and_not_held(read: Callable[..., Reading]) -> None:
    lines = (
        plays.listenbrainz([ONE]) + '{"a": "' + "x" * 3_000_000 + '"}\n' + plays.listenbrainz([ONE])
    )

    brought = read(lines)

    assert len(brought.found) == 2
    assert ends(brought) == ["it has more than 1,000,000 characters."]


def test_names_are_without_what_no_database_keeps(read: Callable[..., Reading]) -> None:
    row = plays.extended_row(
        ONE,
        master_metadata_track_name="  A\0 \ud800song  ",
        master_metadata_album_album_name="x" * 5_000,
    )

    named = read(extended(row)).found[0].named

    assert (named.title, len(named.album)) == ("A song", 300)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\x00\x01\x02",
        b"Title,Artist\n1,2\n",
        b"%PDF-1.7",
        gzip.compress(b"x", mtime=0),
    ],
)
def test_what_is_no_history_is_refused(read: Callable[..., Reading], content: bytes) -> None:
    with pytest.raises(BadFile, match="not a history"):
        read(content)


def test_a_bomb_is_refused(read: Callable[..., Reading]) -> None:
    many = plays.listenbrainz([ONE]).encode() + b" " * 80_000_000

    with_one = read(plays.zipped({"a.jsonl": plays.listenbrainz([ONE]), "b.jsonl": many}))

    assert len(with_one.found) == 1
    assert "unpacks to" in with_one.problems[0]
    packed = read(gzip.compress(many))
    assert len(packed.found) == 1
    assert "unpacks to" in packed.problems[0]


def test_a_damaged_file_in_a_zip_keeps_what_was_whole(read: Callable[..., Reading]) -> None:
    content = bytearray(
        plays.zipped({"a.jsonl": plays.listenbrainz(plays.history(5_000)), "b.jsonl": "x"})
    )
    content[len(content) // 2 : len(content) // 2 + 50] = bytes(50)

    brought = read(bytes(content))

    assert 0 < len(brought.found) < 5_000
    assert any("damaged" in said for said in brought.problems)


def test_a_zip_with_a_password_says_so(read: Callable[..., Reading]) -> None:
    content = bytearray(plays.zipped({"a.jsonl": plays.listenbrainz([ONE])}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1

    with pytest.raises(BadFile, match="locked with a password"):
        read(bytes(content))


def test_a_file_goes_by_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_text(plays.extended(plays.history(5_000)))
    brought = Brought(path, "long.json", BERLIN)

    found = brought.plays()
    next(found)

    assert brought.done < brought.size / 10
    assert sum(1 for _ in found) == 4_999
    assert brought.done == brought.size


def plain(path: Path) -> Any:
    if path.suffix != ".zip":
        return json.loads(path.read_text())
    with zipfile.ZipFile(path) as zipped:
        names = [name for name in zipped.namelist() if name.endswith(".jsonl")]
        return [json.loads(line) for name in names for line in zipped.read(name).splitlines()]


@pytest.mark.parametrize(
    ("name", "rows", "count"),
    [
        ("Streaming_History_Audio_spotify_import_test.json", lambda said: said, 39),
        ("koito_export_test.json", lambda said: said["listens"], 13),
        ("maloja_import_test.json", lambda said: said["scrobbles"], 38),
        ("listenbrainz_shoko1_123456789.zip", lambda said: said, 19),
        ("listenbrainz_shoko1_1749780844.zip", lambda said: said, 5),
        (
            "recenttracks-shoko2-1749776100.json",
            lambda said: [track for page in said for track in page["track"]],
            10,
        ),
    ],
)
def test_real_exports_are_read_to_the_last_row(
    samples: Path, name: str, rows: Callable[[Any], list[Any]], count: int
) -> None:
    path = samples / "listening" / name
    brought = Brought(path, name, BERLIN)

    found = list(brought.plays())

    assert len(found) == len(rows(plain(path))) == count
    assert brought.problems == []
    assert kinds.of(path) is Kind.PLAYS
    assert len({one.row_key for one in found if isinstance(one, Heard)}) == count


def test_titles_of_columns_are_compared_bare() -> None:
    assert play_formats.of('"","Date","Artist","Track","Album"\n') is play_formats.Format.LASTFM_R
    assert play_formats.of("UTS;Artist;Track\n") is play_formats.Format.LASTFM_TABLE
