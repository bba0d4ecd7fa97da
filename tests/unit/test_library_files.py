"""Libraries in files are known by their content and read row by row, whatever state they are in."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core import kinds, library_formats
from core.errors import BadFile
from core.kinds import Kind
from core.library import AlbumTold, ArtistTold, EntryTold, Features
from fakes import library, plays
from fakes.library import Sung
from worker_jobs.library_imports import tables, values
from worker_jobs.library_imports.files import Brought
from worker_jobs.library_imports.rows import Over, Row

BERLIN = ZoneInfo("Europe/Berlin")
ONE = library.tracks(1)[0]
HEADER = "Track URI,Track Name,Artist Name(s),Energy,Tempo,Loudness\n"
ID = library.spotify_id("one")


class Reading(Brought):
    """What was brought, and all that came of it."""

    entries: list[EntryTold]
    features: list[Features | None]
    items: list[AlbumTold | ArtistTold]
    lists: list[Over]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Reading]:
    def read(content: str | bytes, name: str = "file.csv") -> Reading:
        path = tmp_path / "brought"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        brought = Reading(path, name, BERLIN)
        told = list(brought.told())
        rows = [one for one in told if isinstance(one, Row)]
        brought.entries = [row.item for row in rows if isinstance(row.item, EntryTold)]
        brought.features = [row.features for row in rows if isinstance(row.item, EntryTold)]
        brought.items = [row.item for row in rows if not isinstance(row.item, EntryTold)]
        brought.lists = [one for one in told if isinstance(one, Over)]
        return brought

    return read


def ends(brought: Brought) -> list[str]:
    """Return what was told, without the name of the file."""
    return [re.sub(r"^[^,:]*(, |: )", "", said) for said in brought.problems]


def sound(one: Sung, *, has_time: bool = True) -> Features:
    pairs = zip(library.SOUND, one.sound, strict=True)
    said = {name.lower().replace(" ", "_"): value for name, value in pairs}
    key, time = int(said.pop("key")), int(said.pop("time_signature"))
    mode = int(said.pop("mode"))
    known: dict[str, Any] = said
    return Features(
        **known,
        pitch_class=key,
        mode=mode,
        time_signature=time if has_time else None,
        duration_ms=one.duration_ms,
    )


@pytest.mark.parametrize("format_", library.FORMATS)
def test_every_format_tells_the_same_playlist(read: Callable[..., Reading], format_: str) -> None:
    sung = library.tracks(50)

    brought = read(library.FORMATS[format_](sung), "Kraut.csv")

    is_of_one = format_ in library.OF_ONE_ARTIST
    assert ends(brought) == []
    assert [over.name for over in brought.lists] == ["Kraut"]
    for entry, features, one in zip(brought.entries, brought.features, sung, strict=True):
        artists = one.artists[:1] if is_of_one else one.artists
        assert entry.track.spotify_id == one.id and entry.track.name == one.name
        assert tuple(artist.name for artist in entry.track.artists) == artists
        assert entry.track.album and entry.track.album.name == one.album
        assert entry.track.duration_ms == one.duration_ms
        assert features == sound(one, has_time=format_ not in library.WITHOUT_TIME)


@pytest.mark.parametrize("format_", library.FORMATS)
@pytest.mark.parametrize(
    "pack",
    [str.encode, lambda content: gzip.compress(content.encode()),
     lambda content: library.zipped({"a.csv": content})],
    ids=["plain", "gzip", "zip"],
)  # fmt: skip
def test_a_file_is_unwrapped_and_leads_to_the_right_place(
    read: Callable[..., Reading],
    tmp_path: Path,
    format_: str,
    pack: Callable[[str], bytes],
) -> None:
    brought = read(pack(library.FORMATS[format_](library.tracks(30))), "renamed.bin")

    assert len(brought.entries) == 30
    assert kinds.of(tmp_path / "brought") is Kind.LIBRARY
    assert kinds.holds_library(tmp_path / "brought")


@pytest.mark.parametrize("has_genres", [False, True])
@pytest.mark.parametrize("has_sound", [False, True])
@pytest.mark.parametrize("has_album", [False, True])
def test_exportify_is_read_by_position_whatever_its_columns_are_called(
    read: Callable[..., Reading], *, has_genres: bool, has_sound: bool, has_album: bool
) -> None:
    groups: dict[str, Any] = {
        "has_genres": has_genres,
        "has_sound": has_sound,
        "has_album": has_album,
    }
    plain = library.exportify([ONE], **groups)
    width = plain.partition("\n")[0].count(",") + 1
    foreign = library.exportify([ONE], **groups, header=[f"列 {nth}" for nth in range(width)])

    named, placed = read(plain), read(foreign)

    assert placed.entries == named.entries and placed.features == named.features
    track = placed.entries[0].track
    assert placed.features == [sound(ONE) if has_sound else None]
    assert track.artists[0].genres == (("art rock", "krautrock") if has_genres else None)
    assert track.album and track.album.label == ("Spoon" if has_album else None)
    assert track.isrc == "DEA017100042" and track.is_explicit is False and track.number == 3
    assert track.album.released == "1971-02-01"
    assert placed.entries[0].added_by == "a.private.name"
    assert placed.entries[0].added_at == 1_614_834_367_000


@pytest.mark.parametrize(
    ("names", "uris", "wanted"),
    [
        (r"Tyler\, The Creator, Kali Uchis", 2, ["Tyler, The Creator", "Kali Uchis"]),
        ("Crosby, Stills & Nash", 1, ["Crosby, Stills & Nash"]),
        ("Crosby, Stills & Nash", 0, ["Crosby", "Stills & Nash"]),
        ("A, B, C", 2, ["A", "B", "C"]),
    ],
)
def test_artists_are_parted_by_how_many_ids_there_are(
    read: Callable[..., Reading], names: str, uris: int, wanted: list[str]
) -> None:
    ids = [library.spotify_id(nth) for nth in range(uris)]
    header = "Track URI,Track Name,Artist URI(s),Artist Name(s),Album Image URL,Added At\n"
    row = f'spotify:track:{ID},One,"{", ".join(f"spotify:artist:{i}" for i in ids)}","{names}",,\n'

    artists = read(header + row).entries[0].track.artists

    assert [artist.name for artist in artists] == wanted
    expected = ids if len(ids) == len(wanted) else [None] * len(wanted)
    assert [artist.spotify_id for artist in artists] == expected


def test_rows_of_exportify_net_may_lack_their_features_and_their_words(
    read: Callable[..., Reading],
) -> None:
    brought = read(library.exportify_net(library.tracks(2), has_sound=False))

    # How long it is stays known.
    assert brought.features == [None, None]
    assert [entry.track.duration_ms for entry in brought.entries] == [120_000, 120_001]
    assert brought.entries[0].track.album
    assert brought.entries[0].track.album.label is None
    assert brought.entries[0].track.artists[0].genres is None


@pytest.mark.parametrize(
    ("cells", "problem", "field", "wanted"),
    [
        ("0.5,120,-7", "", "energy", 0.5),
        ("1.5,120,-7", "row 2: its energy makes no sense: '1.5'.", "energy", None),
        ("NaN,120,-7", "", "energy", None),
        ("inf,120,-7", "row 2: its energy makes no sense: 'inf'.", "energy", None),
        ("high,120,-7", "row 2: its energy makes no sense: 'high'.", "energy", None),
        ("0.5,-3,-7", "row 2: its tempo makes no sense: '-3'.", "tempo", None),
        ("0.5,120,1.023", "", "loudness", 1.023),
        ("0.5,120,'-7.5", "", "loudness", -7.5),
    ],
)
def test_a_value_that_makes_no_sense_costs_that_value_alone(
    read: Callable[..., Reading], cells: str, problem: str, field: str, wanted: float | None
) -> None:
    brought = read(f"{HEADER}spotify:track:{ID},One,Can,{cells}\n")

    assert ends(brought) == ([problem] if problem else [])
    assert brought.features[0] and getattr(brought.features[0], field) == wanted
    assert brought.parts[0].values == bool(problem)


def test_a_key_of_minus_one_is_not_known_and_others_may_be_notes(
    read: Callable[..., Reading],
) -> None:
    header = "track_id,track_name,artist_name,energy,key,mode,time_signature\n"
    rows = [f"{ID},One,Can,0.5,{cells}\n" for cells in ("-1,0,4", "F#,Minor,4/4", "11.0,1,3")]

    brought = read(header + "".join(rows))

    found = [(one.pitch_class, one.mode, one.time_signature) for one in brought.features if one]
    assert found == [(None, 0, 4), (6, 0, 4), (11, 1, 3)]
    assert ends(brought) == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (f"spotify:track:{ID},,Can,0.5,120,-7", "row 3: it names no track."),
        (f"spotify:track:{ID},undefined,Can,0.5,120,-7", "row 3: it names no track."),
        (f"spotify:track:{ID},One,,0.5,120,-7", "row 3: it names no artist."),
        (f"spotify:track:{ID}", "row 3: it names no track."),
        (f'spotify:track:{ID},"One,Can,0.5,120,-7', "row 3: a quotation mark is not closed."),
    ],
)
def test_a_row_that_cannot_be_read_is_told_and_the_others_are_kept(
    read: Callable[..., Reading], row: str, problem: str
) -> None:
    good = f"spotify:track:{ID},One,Can,0.5,120,-7\n"

    brought = read(f"{HEADER}{good}{row}\n{good}")

    assert ends(brought) == [problem]
    assert len(brought.entries) == 2
    assert brought.parts[0].problems.skipped == 1


def test_a_cell_may_hold_the_end_of_a_line_and_a_lone_mark(read: Callable[..., Reading]) -> None:
    rows = f'{ID},"One\r\nmore",Can,1,1,1\r\n{ID},12" Mix,Can,1,1,1\n{ID},Two,Can,1,1,1\r'

    brought = read(HEADER + rows)

    assert [entry.track.name for entry in brought.entries] == ["One\nmore", '12" Mix', "Two"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_any_encoding_and_what_spreadsheets_make_of_it(
    read: Callable[..., Reading], tmp_path: Path, delimiter: str, encoding: str
) -> None:
    header = HEADER.replace(",", delimiter)
    energy = "0,5" if delimiter == ";" else "0.5"
    cells = delimiter.join((ID, "Größe", "Mötley Crüe", energy, "120", "-7"))

    brought = read(f"{header}{cells}\n".encode(encoding))

    assert [entry.track.artists[0].name for entry in brought.entries] == ["Mötley Crüe"]
    assert brought.features[0] and brought.features[0].energy == 0.5
    assert kinds.of(tmp_path / "brought") is Kind.LIBRARY


def test_two_lone_marks_swallow_no_row_between_them(read: Callable[..., Reading]) -> None:
    first, second, third, last = library.tracks(4)
    table = library.kaggle([first, second, third, last])
    for one in (first, third):
        table = table.replace(f'"{one.name}"', f'"{one.name}')

    brought = read(table)

    names = [entry.track.name for entry in brought.entries]
    assert names == [second.name, last.name]
    assert ends(brought) == [f"row {row}: a quotation mark is not closed." for row in (2, 4)]


def test_nuls_and_what_a_spreadsheet_says_first_are_passed_by(
    read: Callable[..., Reading],
) -> None:
    row = f"{ID};O\0ne;Can;0.5;120;-7\n"

    brought = read("sep=;\n" + HEADER.replace(",", ";") + row)

    assert [entry.track.name for entry in brought.entries] == ["One"]
    assert ends(brought) == ["it held NUL characters; they were dropped."]


@pytest.mark.parametrize(
    ("uri", "wanted"),
    [
        (f"spotify:track:{ID}", ID),
        (ID, ID),
        (f"https://open.spotify.com/track/{ID}?si=abc", ID),
        (f"https://open.spotify.com/intl-de/track/{ID}", ID),
        (f"spotify:album:{ID}", None),
        ("4711", None),
        ("", None),
    ],
)
def test_an_id_may_be_a_uri_an_address_or_bare(
    read: Callable[..., Reading], uri: str, wanted: str | None
) -> None:
    brought = read(f"{HEADER}{uri},One,Can,0.5,120,-7\n")

    assert [entry.track.spotify_id for entry in brought.entries] == [wanted]


def test_podcasts_and_own_files_are_left_out_and_counted(read: Callable[..., Reading]) -> None:
    rows = "".join(
        f"{uri},One,Can,,,\n"
        for uri in ("spotify:local:Can::One:200", f"spotify:episode:{ID}", f"spotify:track:{ID}")
    )

    brought = read(HEADER + rows)

    assert len(brought.entries) == 1
    assert brought.lists[0].skipped == {"local": 1, "episodes": 1}


def test_artists_may_be_written_as_a_list(read: Callable[..., Reading]) -> None:
    header = "id,name,artists,energy,tempo,valence\n"
    row = f'{ID},One,"[\'Can\', ""Rock\'n\'Roll""]",0.5,120,0.5\n'

    artists = read(header + row).entries[0].track.artists

    assert [artist.name for artist in artists] == ["Can", "Rock'n'Roll"]


def test_what_was_made_harmless_for_table_programs_is_as_it_was(
    read: Callable[..., Reading],
) -> None:
    header = "track_id,track_name,artists,album_name,added_at,energy,tempo,valence\n"
    row = f"{ID},'=1+1,A\\;B; Can,'@home,2021-03-04T05:06:07+01:00,0.5,120,0.5\n"

    track = read(header + row).entries[0].track

    assert track.name == "=1+1" and track.album and track.album.name == "@home"
    assert [artist.name for artist in track.artists] == ["A;B", "Can"]


def test_only_so_many_rows_are_read(
    read: Callable[..., Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    table = library.kaggle(library.tracks(5))

    brought = read(library.zipped({"a.csv": table, "b.csv": table}))

    assert len(brought.entries) == 3
    assert ends(brought) == ["only the first 3 rows were read."]
    assert brought.parts[1].why_not.startswith("not opened")


def test_only_so_much_of_an_account_is_read(
    read: Callable[..., Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    sung = library.tracks(5)

    account = {"YourLibrary.json": library.your_library(sung)}
    liked = read(library.zipped(account))
    listed = read(library.playlists([("Kraut", sung), ("Rock", sung)]), "Playlist1.json")

    for brought in (liked, listed):
        assert len(brought.entries) == 3
        assert ends(brought) == ["only the first 3 rows were read."]
        assert [over.is_whole for over in brought.lists] == [False]


def test_a_cell_of_many_names_may_be_long(read: Callable[..., Reading]) -> None:
    names = [f"The {number}th member of a large choir" for number in range(30)]
    choir = library.tracks(1)[0]._replace(artists=tuple(names))

    for table in (library.exportify([choir]), library.kaggle([choir])):
        (entry,) = read(table).entries
        assert [artist.name for artist in entry.track.artists] == names
    assert values.genres(",".join(names)) == tuple(names)


def test_an_account_brings_lists_and_nothing_of_who_it_is(read: Callable[..., Reading]) -> None:
    sung = library.tracks(20)

    brought = read(library.my_spotify_data(sung), "my_spotify_data.zip")

    names = [(over.kind, over.name) for over in brought.lists]
    assert names == [
        ("playlist", "Kraut"), ("playlist", "Rock & more"), ("track", ""), ("album", ""),
        ("artist", ""),
    ]  # fmt: skip
    assert brought.lists[0].skipped == {"episodes": 1, "local": 1}
    assert brought.lists[0].description == "About Kraut"
    assert [entry.track.spotify_id for entry in brought.entries[:20]] == [one.id for one in sung]
    # A day is its person's: midnight in Berlin.
    assert brought.entries[0].added_at == 1_614_812_400_000
    assert [item.name for item in brought.items] == ["Ege Bamyasi", "Can"]
    everything = repr((brought.entries, brought.items, [part.as_json() for part in brought.parts]))
    assert "a.private" not in everything and "Never" not in everything
    why = {part.name.rpartition("/")[2]: part.why_not for part in brought.parts}
    assert why["Userdata.json"] == why["Payments.json"] == "not opened"


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.97])
def test_of_an_account_that_ends_in_the_middle_the_beginning_is_read(
    read: Callable[..., Reading], cut: float
) -> None:
    whole = library.playlists([("Kraut", library.tracks(40)), ("Rock", library.tracks(40))])

    brought = read(whole[: int(len(whole) * cut)], "Playlist1.json")

    assert ends(brought) == ["it cannot be read to its end; what stands before that was read."]
    assert 20 < len(brought.entries) < 80
    assert not brought.lists[-1].is_whole
    assert all(over.is_whole for over in brought.lists[:-1])


def test_a_long_playlist_goes_by_in_pieces(read: Callable[..., Reading]) -> None:
    sung = library.tracks(6_000)  # more than two million characters

    brought = read(library.playlists([("Long", sung)]), "Playlist1.json")

    assert len(brought.entries) == 6_000 and ends(brought) == []


@pytest.mark.parametrize(
    ("content", "lists"),
    [
        ('{"playlists": [], "tracks": null}', 0),
        ('{"playlists": [null, 1, "x", {"name": 5, "items": {}}]}', 4),
        ('{"tracks": [[[[1]]], {"a": {"b": [2]}}, "x"], "albums": 3, "artists": [{}]}', 3),
    ],
)
def test_what_is_not_as_meant_in_an_account_harms_nobody(
    read: Callable[..., Reading], content: str, lists: int
) -> None:
    brought = read(content, "a.json")

    assert len(brought.lists) == lists and brought.entries == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not a library"),
        (b"a,b\n1,2\n", "not a library"),
        (plays.extended(plays.history(3)).encode(), "not a library"),
        (b"PK\x05\x06" + bytes(18), "not a library"),
        (library.zipped({"a.csv": library.kaggle(library.tracks(9))})[:-40], "damaged"),
        (gzip.compress(HEADER.encode() + b"\n" * 20_000_000, 1, mtime=0), "far more"),
    ],
    ids=["nothing", "a table", "plays", "an empty zip", "half a zip", "a bomb"],
)
def test_what_is_no_library_is_told_so(
    read: Callable[..., Reading], content: bytes, sentence: str
) -> None:
    with pytest.raises(BadFile, match=sentence):
        read(content)


def test_a_history_beside_a_library_is_still_a_history(tmp_path: Path) -> None:
    both, alone = tmp_path / "both", tmp_path / "alone"
    sung, history = library.tracks(3), plays.account(plays.history(3))
    both.write_bytes(library.my_spotify_data(sung, history))
    alone.write_bytes(plays.extended(plays.history(3)).encode())

    assert kinds.of(both) is Kind.PLAYS and kinds.holds_library(both)
    assert kinds.of(alone) is Kind.PLAYS and not kinds.holds_library(alone)


def test_a_zip_is_known_by_its_files_whatever_they_are_called_or_lie_in(tmp_path: Path) -> None:
    """A folder may come first, and a playlist be called as Letterboxd calls its files."""
    tracks, films = library.exportify(library.tracks(3)), "Date,Name,Year,Letterboxd URI,Rating\n"
    in_folder, ratings, of_films = tmp_path / "folder", tmp_path / "ratings", tmp_path / "films"
    in_folder.write_bytes(library.zipped({"lists/": "", "lists/.DS_Store": "", "lists/a": tracks}))
    ratings.write_bytes(library.zipped({"ratings.csv": tracks}))
    of_films.write_bytes(library.zipped({"ratings.csv": films}))

    assert kinds.of(in_folder) is Kind.LIBRARY and kinds.of(ratings) is Kind.LIBRARY
    assert kinds.of(of_films) is Kind.LETTERBOXD_ZIP


@pytest.mark.parametrize(
    "head",
    [
        "uts,artist,album,track\n1,Can,,One\n",
        "release_id,Artist,Title\n",
        "Artist,Title,Year,Key,Mode\n",
        "Name,Artist,energy,tempo\n",
        "track_id,track_name,artists\n17,One,Can\n",
        "track_id,track_name,artists\n",
        '{"a": 1}',
        '[{"ts": 1}]',
    ],
)
def test_other_tables_are_no_libraries(head: str) -> None:
    assert library_formats.of(head) is None


def test_ids_of_spotify_tell_a_table_of_tracks_that_says_nothing_of_their_sound() -> None:
    head = f"track_id,track_name,artists,album_name,isrc,plays\n{'0aZ' * 7}9,One,Can,,,3\n"

    assert library_formats.of(head) is library_formats.Format.TABLE


def test_the_sample_is_read_whole(read: Callable[..., Reading], samples: Path) -> None:
    content = (samples / "spotify" / "spotify_by_genre.csv").read_bytes()

    brought = read(content, "spotify_by_genre.csv")

    found: dict[str, Any] = {"rows": len(brought.entries), "problems": brought.problems}
    assert found == {"rows": 6_000, "problems": []}
    assert len({entry.track.spotify_id for entry in brought.entries}) == 5_849
    assert all(features and None not in features for features in brought.features)
    assert brought.lists[0].is_set
