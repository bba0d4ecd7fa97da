"""Exports as they come: real ones, single tables, odd encodings, and files made to do harm."""

import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from core.errors import BadFile
from core.settings import ROOT
from tests.work import calls
from worker_jobs.imports import archive, letterboxd, tables
from worker_jobs.imports.letterboxd import Export

DIARY = "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n"
REVIEWS = "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Review,Tags,Watched Date\n"
FILMS = "Date,Name,Year,Letterboxd URI\n"
RATINGS = "Date,Name,Year,Letterboxd URI,Rating\n"
ALIEN = "2025-03-02,Alien,1979,https://boxd.it/e1,4.5,,,2025-03-01\n"
LIST = (
    "Letterboxd list export v7\nDate,Name,Tags,URL,Description\n"
    "2025-01-01,Best of all,,https://boxd.it/l1,Mine\n\n"
    "Position,Name,Year,URL,Description\n1,Alien,1979,https://boxd.it/f1,Yes\n"
)


def zipped(tmp_path: Path, members: dict[str, str | bytes]) -> Path:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def read_zip(tmp_path: Path, members: dict[str, str | bytes]) -> Export:
    return letterboxd.read(zipped(tmp_path, members), name="export.zip")


def read_file(tmp_path: Path, content: str | bytes, name: str = "diary.csv") -> Export:
    path = tmp_path / "upload"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return letterboxd.read(path, name=name)


@pytest.fixture
def real(samples: Path, tmp_path: Path) -> Path:
    folder = samples / "letterboxd" / "patrickmjones-export"
    return zipped(
        tmp_path,
        {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.csv")},
    )


def test_a_real_export_is_read_whole(real: Path) -> None:
    export = letterboxd.read(real, name="letterboxd.zip")

    assert len(export.diary) == 2_132
    assert len(export.watched) == 2_604
    assert (len(export.watchlist), len(export.ratings), len(export.lists)) == (805, 5, 25)
    assert sum(row.review is not None for row in export.diary) == len(export.reviews) == 161
    assert sum(row.is_uncertain for row in export.diary) == 2
    assert export.skipped == 1
    assert export.problems == [
        "reviews.csv, row 47: it has no watched date, so it stands for no viewing."
    ]


@pytest.mark.parametrize("folder", ["", "letterboxd-dave-2025/", "a/b/", "../../etc/", "C:\\x\\"])
def test_tables_are_found_below_any_folder_and_nothing_is_unpacked(
    tmp_path: Path, folder: str
) -> None:
    members: dict[str, str | bytes] = {
        f"{folder}diary.csv": DIARY + ALIEN,
        f"{folder}deleted/diary.csv": DIARY + ALIEN,
        f"{folder}orphaned/watched.csv": FILMS + "2025-01-01,Gone,2001,https://boxd.it/g\n",
        f"{folder}likes/films.csv": FILMS + "2025-03-02,Alien,1979,https://boxd.it/f1\n",
        f"{folder}lists/best.csv": LIST,
        f"{folder}profile.csv": "Date Joined,Username,Email Address\n2011-01-01,dave,d@x.org\n",
        f"{folder}photo.jpg": b"no table",
        f"{folder}lists/": b"",
        "outside/watched.csv.txt": b"",
    }

    export = read_zip(tmp_path, members)

    assert len(export.diary) == 1
    assert export.watched == []
    assert export.username == "dave"
    assert [like.uri for like in export.likes] == ["https://boxd.it/f1"]
    assert export.problems == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.zip"]
    (best,) = export.lists
    assert (best.slug, best.name, best.made_on) == ("best", "Best of all", "2025-01-01")
    assert [(film.name, film.note) for film in best.films] == [("Alien", "Yes")]
    assert export.tables == {"diary", "likes", "lists", "profile"}


@pytest.mark.parametrize(
    ("content", "name", "table"),
    [
        (DIARY + ALIEN, "anything.txt", "diary"),
        (DIARY + ALIEN, "ratings.csv", "diary"),
        (REVIEWS + "2025-03-02,Alien,1979,,4,,Good.,,2025-03-01\n", "x", "reviews"),
        (RATINGS + "2025-03-02,Alien,1979,https://boxd.it/f1,4\n", "x", "ratings"),
        (FILMS + "2025-03-02,Alien,1979,https://boxd.it/f1\n", "x", "watched"),
        (FILMS + "2025-03-02,Alien,1979,https://boxd.it/f1\n", "watchlist (1).csv", "watchlist"),
        (FILMS + "2025-03-02,Alien,1979,https://boxd.it/f1\n", "likes.csv", "likes"),
        (LIST, "best.csv", "lists"),
    ],
)
def test_a_single_table_is_known_by_its_columns(
    tmp_path: Path, content: str, name: str, table: str
) -> None:
    export = read_file(tmp_path, content, name)

    assert export.tables == {table}
    assert export.problems == []


def test_a_viewing_is_read_with_all_it_says(tmp_path: Path) -> None:
    row = '2025-03-02,"Love, Actually",2003,https://boxd.it/e1,3.5,Yes,"xmas, tv",1999-12-24\n'

    (viewing,) = read_file(tmp_path, DIARY + row).diary

    assert (viewing.name, viewing.year) == ("Love, Actually", 2003)
    assert (viewing.watched_on, viewing.logged_on) == ("1999-12-24", "2025-03-02")
    assert (viewing.half_stars, viewing.is_rewatch, viewing.tags) == (7, True, "xmas, tv")


def test_a_review_goes_into_its_viewing_or_becomes_one(tmp_path: Path) -> None:
    export = read_zip(
        tmp_path,
        {
            "diary.csv": DIARY
            + ALIEN
            + "2025-03-02,Heat,1995,,,,,2025-03-01\n2025-03-02,Heat,1995,,,,,2025-03-01\n",
            "reviews.csv": REVIEWS
            + '2025-03-02,Alien,1979,https://boxd.it/e1,,,"In space,\r\nnobody.",,2025-03-01\n'
            + "2025-03-02,Heat,1995,https://boxd.it/e2,5,,Coffee.,,2025-03-01\n"
            + "2025-03-02,Ronin,1998,https://boxd.it/e3,,,Cars.,,2025-02-01\n",
        },
    )

    found = [(row.name, row.review, row.half_stars, row.entry_uri) for row in export.diary]
    assert found == [
        ("Alien", "In space,\r\nnobody.", 9, "https://boxd.it/e1"),
        ("Heat", "Coffee.", 10, "https://boxd.it/e2"),
        ("Heat", None, None, None),
        ("Ronin", "Cars.", None, "https://boxd.it/e3"),
    ]


def test_viewings_get_their_films_address_and_rating_by_name_and_year(tmp_path: Path) -> None:
    export = read_zip(
        tmp_path,
        {
            "diary.csv": DIARY
            + "2025-03-02,Cinderella,1922,https://boxd.it/e1,,,,2025-03-01\n"
            + "2025-03-02,Dune,1984,https://boxd.it/e2,,,,2025-03-01\n"
            + "2025-03-02,Dune,2021,https://boxd.it/e3,2,,,2025-03-01\n"
            + "2025-03-02,Unheard Of,,https://boxd.it/e4,,,,2025-03-01\n",
            "watched.csv": FILMS
            + "2025-03-02,Cinderella,1922,https://boxd.it/c1\n"
            + "2025-03-02,Cinderella,1922,https://boxd.it/c2\n"
            + "2025-03-02,Dune,1984,https://boxd.it/d84\n",
            "ratings.csv": RATINGS
            + "2025-03-02,Dune,1984,https://boxd.it/d84,4\n"
            + "2025-03-02,Dune,2021,https://boxd.it/d21,4\n"
            + "2025-03-02,Unheard Of,,,\n",
        },
    )

    found = [(row.film_uri, row.is_uncertain, row.half_stars) for row in export.diary]
    assert found == [
        ("https://boxd.it/c1", True, None),
        ("https://boxd.it/d84", False, 8),
        ("https://boxd.it/d21", False, 4),
        (None, False, None),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2025-03-02,Alien,1979,,,,2025-03-01", "7 columns where 8 belong."),
        ("2025-03-02,,1979,,,,,2025-03-01", "it names no film."),
        ("2025-03-02,Alien,MCMLXXIX,,,,,2025-03-01", "'MCMLXXIX' is no year."),
        ("2025-03-02,Alien,19790,,,,,2025-03-01", "'19790' is no year."),
        ("2025-03-02,Alien,1979,,6,,,2025-03-01", "'6' is no rating from 0.5 to 5."),
        ("2025-03-02,Alien,1979,,4.3,,,2025-03-01", "'4.3' is no rating from 0.5 to 5."),
        ("2025-03-02,Alien,1979,,nan,,,2025-03-01", "'nan' is no rating from 0.5 to 5."),
        ("2025-03-02,Alien,1979,,,,,2025-02-30", "'2025-02-30' is no day."),
        ("2025-03-02,Alien,1979,,,,,20250301", "'20250301' is no day."),
        ("2025-03-02,Alien,1979,,,,,2025-W09-6", "'2025-W09-6' is no day."),
        ("yesterday,Alien,1979,,,,,2025-03-01", "'yesterday' is no day."),
        ("2025-03-02,Alien,1979,,,,,", "it has no watched date, so it stands for no viewing."),
        (
            f"2025-03-02,{'A' * 501},1979,,,,,2025-03-01",
            "'name' has 501 characters; 500 are the most.",
        ),
    ],
)
def test_a_row_that_does_not_fit_is_left_out_and_told(
    tmp_path: Path, row: str, reason: str
) -> None:
    export = read_file(tmp_path, f"{DIARY}{ALIEN}\n{row}\n{ALIEN}")

    assert len(export.diary) == 2
    assert export.skipped == 1
    assert export.problems == [f"diary.csv, row 4: {reason}"]


def test_of_a_column_that_is_there_twice_the_last_counts(tmp_path: Path) -> None:
    """Counted by its names such a table looks narrower than it is."""
    head = DIARY.splitlines()[0]
    row = ALIEN.strip()
    content = f"{head},Name\n{row},Ran\n{row}\n"

    export = read_file(tmp_path, content)

    assert [row.name for row in export.diary] == ["Ran"]
    (problem,) = export.problems
    assert f"{head.count(',') + 1} columns where {head.count(',') + 2} belong" in problem


def test_a_thousand_bad_rows_are_counted_and_not_all_told(tmp_path: Path) -> None:
    export = read_file(tmp_path, DIARY + "nonsense\n" * 1_000 + ALIEN)

    assert len(export.diary) == 1
    assert export.skipped == 1_000
    assert len(export.problems) == tables.MAX_TOLD + 1
    assert export.problems[-1] == "diary.csv: 980 more rows were left out."


@pytest.mark.parametrize("rating", ["0.5", "1", "1.0", "4.5", "5"])
def test_ratings_become_half_stars(tmp_path: Path, rating: str) -> None:
    row = f"2025-03-02,Alien,1979,,{rating},,,2025-03-01\n"

    (viewing,) = read_file(tmp_path, DIARY + row).diary

    assert viewing.half_stars == int(float(rating) * 2)


def test_an_address_elsewhere_is_none(tmp_path: Path) -> None:
    row = "2025-03-02,Alien,1979,javascript:alert(1),,,,2025-03-01\n"

    (viewing,) = read_file(tmp_path, DIARY + row).diary

    assert viewing.entry_uri is None


_AMELIE = DIARY + "2025-03-02,Amélie,2001,https://boxd.it/e1,,,,2025-03-01\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_AMELIE.encode("utf-8"), []),
        (_AMELIE.encode("utf-8-sig"), []),
        (_AMELIE.replace("\n", "\r\n").encode(), []),
        (_AMELIE.replace("\n", "\r").encode(), []),
        (_AMELIE.encode("utf-16"), []),
        (_AMELIE.encode("utf-16-be").join([b"\xfe\xff", b""]), []),
        (
            _AMELIE.encode("cp1252"),
            ["diary.csv: it is not UTF-8 as exports are; it was read as Western European."],
        ),
        (
            _AMELIE.replace("Am", "A\0m").encode(),
            ["diary.csv: it held NUL characters; they were dropped."],
        ),
    ],
)
def test_any_encoding_is_read(tmp_path: Path, content: bytes, said: list[str]) -> None:
    export = read_file(tmp_path, content)

    assert [row.name for row in export.diary] == ["Amélie"]
    assert export.problems == said


def test_a_field_of_a_megabyte_costs_its_own_row_only(tmp_path: Path) -> None:
    long = "word \n" * 180_000
    rows = (
        f'2025-03-02,Heat,1995,,,,"{long}",,2025-03-01\n'
        "2025-03-02,Ronin,1998,,,,Cars.,,2025-03-01\n"
    )

    export = read_file(tmp_path, REVIEWS + rows, "reviews.csv")

    assert [row.name for row in export.diary] == ["Ronin"]
    assert export.skipped == 1
    assert "'review' has 1,079,99" in export.problems[0]


def test_a_title_that_grows_when_it_is_folded_is_left_out(tmp_path: Path) -> None:
    export = read_file(tmp_path, f"{DIARY}{ALIEN.replace('Alien', chr(0xFDFA) * 200)}{ALIEN}")

    assert [row.name for row in export.diary] == ["Alien"]
    assert "its title is too long" in export.problems[0]


def test_a_quote_that_never_ends_swallows_no_more_than_the_rest(tmp_path: Path) -> None:
    export = read_file(tmp_path, f'{DIARY}{ALIEN}2025-03-02,"Heat,1995\n{ALIEN * 50}')

    assert len(export.diary) == 1
    assert export.skipped == 1


def test_tables_with_nothing_below_their_columns_are_empty(tmp_path: Path) -> None:
    export = read_zip(
        tmp_path, {"diary.csv": DIARY, "watched.csv": FILMS, "profile.csv": "Username\n"}
    )

    assert (export.diary, export.watched, export.username) == ([], [], None)
    assert export.tables == {"diary", "watched", "profile"}


@pytest.mark.parametrize(
    "content",
    ["", "a,b,c\n1,2,3\n", "Name,Year\nAlien,1979\n", "<!doctype html><p>", b"\x00\xff" * 99],
)
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, content: str | bytes) -> None:
    with pytest.raises(BadFile, match="neither a Letterboxd export"):
        read_file(tmp_path, content, "holiday.csv")


def test_a_table_of_the_zip_with_other_columns_is_left_out(tmp_path: Path) -> None:
    export = read_zip(
        tmp_path, {"diary.csv": "a,b\n1,2\n", "watched.csv": "", "ratings.csv": RATINGS}
    )

    assert export.tables == {"ratings"}
    assert export.problems == [
        f"{name}: its columns are not those of a Letterboxd export; it was left out."
        for name in ("diary.csv", "watched.csv")
    ]


def test_a_list_without_films_is_told(tmp_path: Path) -> None:
    export = read_zip(tmp_path, {"lists/odd.csv": "Date,Name,Tags,URL,Description\nx,y\n"})

    assert export.lists == []
    assert export.problems == [
        "lists/odd.csv, row 2: 2 columns where 5 belong.",
        "lists/odd.csv: its films were not found.",
    ]


@pytest.mark.parametrize("members", [{}, {"photo.jpg": "x"}, {"deleted/diary.csv": DIARY}])
def test_a_zip_of_something_else_is_refused(
    tmp_path: Path, members: dict[str, str | bytes]
) -> None:
    with pytest.raises(BadFile, match="holds no Letterboxd data"):
        read_zip(tmp_path, members)


def test_a_member_without_a_name_is_left_out(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"diary.csv": DIARY})
    path.write_bytes(path.read_bytes().replace(b"diary.csv", b"\0iary.csv"))

    with pytest.raises(BadFile, match="holds no Letterboxd data"):
        letterboxd.read(path, name="export.zip")


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    for size, reason in ((8, "far more than an export does"), (64, "more than 20 MB")):
        with pytest.raises(BadFile, match=reason):
            read_zip(tmp_path, {"diary.csv": DIARY.encode() + b"\n" * (size << 20)})


def test_what_a_zip_says_of_its_sizes_is_not_believed(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"diary.csv": DIARY.encode() + b"\n" * (8 << 20)})
    content = bytearray(path.read_bytes())
    listed = content.rindex(b"PK\x01\x02")
    struct.pack_into("<L", content, listed + 24, 1000)  # the unpacked size
    path.write_bytes(content)

    with pytest.raises(BadFile, match="damaged"):
        letterboxd.read(path, name="export.zip")


def test_many_members_that_are_allowed_alone_are_too_much_together(tmp_path: Path) -> None:
    # Hardly to be compressed, as a real text is not to a hundredth.
    rows = "".join(f"2025-03-02,{number * 7919:x},,,,,,2025-03-01\n" for number in range(450_000))
    members: dict[str, str | bytes] = {f"lists/{number}.csv": LIST + rows for number in range(4)}

    with pytest.raises(BadFile, match="more than 60 MB"):
        read_zip(tmp_path, members)


def test_members_beyond_the_first_few_hundred_are_not_read(tmp_path: Path) -> None:
    export = read_zip(tmp_path, {f"lists/{number}.csv": LIST for number in range(501)})

    assert len(export.lists) == letterboxd.MAX_READ
    assert export.problems == ["Only the first 500 tables of the zip were read."]


def _small_members(path: Path, count: int) -> None:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("diary.csv", DIARY)
        for number in range(count):
            made.writestr(f"{number}", b"")


def test_a_zip_of_a_hundred_thousand_members_is_refused_before_it_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "many.zip"
    _small_members(path, 100_000)
    opened: list[object] = []
    monkeypatch.setattr(zipfile, "ZipFile", opened.append)

    with pytest.raises(BadFile, match="more than 2,000 files"):
        letterboxd.read(path, name="many.zip")

    assert opened == []


@pytest.mark.parametrize(("at", "lie"), [(10, struct.pack("<H", 3)), (8, struct.pack("<HH", 0, 0))])
def test_nor_does_a_false_number_of_members_help(tmp_path: Path, at: int, lie: bytes) -> None:
    path = tmp_path / "many.zip"
    _small_members(path, 60_000)
    content = bytearray(path.read_bytes())
    end = content.rindex(b"PK\x05\x06")
    content[end + at : end + at + len(lie)] = lie
    path.write_bytes(content)

    with pytest.raises(BadFile, match="more than 2,000 files"):
        letterboxd.read(path, name="many.zip")


@pytest.mark.parametrize("locator", [struct.pack("<LQL", 0, 1 << 60, 1), bytes(16)])
def test_a_false_sign_to_a_second_end_leads_nowhere(tmp_path: Path, locator: bytes) -> None:
    path = zipped(tmp_path, {"diary.csv": DIARY + ALIEN, "lists/": ""})
    content = path.read_bytes()
    end = content.rindex(b"PK\x05\x06")
    path.write_bytes(content[:end] + b"PK\x06\x07" + locator + content[end:])

    with pytest.raises(BadFile, match="damaged"):
        letterboxd.read(path, name="export.zip")


@pytest.mark.parametrize("lost", [1, 30, 200, 1000])
def test_a_zip_that_was_cut_off_is_refused(real: Path, lost: int) -> None:
    content = real.read_bytes()
    real.write_bytes(content[:-lost])

    with pytest.raises(BadFile, match="damaged"):
        letterboxd.read(real, name="export.zip")


@pytest.mark.parametrize("at", range(0, 2_000, 83))
def test_damage_anywhere_is_an_error_of_ours(tmp_path: Path, at: int) -> None:
    path = zipped(tmp_path, {"diary.csv": DIARY + ALIEN * 40, "lists/x.csv": LIST})
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 0xFF
    path.write_bytes(content)

    try:
        letterboxd.read(path, name="export.zip")
    except BadFile as error:
        assert str(error).endswith(".")  # noqa: PT017 - many places harm nothing


def test_a_locked_zip_says_so(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"diary.csv": DIARY + ALIEN})
    content = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flags] |= 1
    path.write_bytes(content)

    with pytest.raises(BadFile, match="locked with a password"):
        letterboxd.read(path, name="export.zip")


def test_an_unusual_packing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as made:
        made.writestr("diary.csv", DIARY + ALIEN)

    with pytest.raises(BadFile, match="packed in a way"):
        letterboxd.read(path, name="export.zip")


def test_a_table_larger_than_any_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    with path.open("wb") as file:
        file.truncate(archive.MAX_MEMBER + 1)

    with pytest.raises(BadFile, match="larger than 20 MB"):
        letterboxd.read(path, name="diary.csv")


def test_more_viewings_of_a_film_on_a_day_than_anybody_has_are_left_out(tmp_path: Path) -> None:
    day = "2025-03-02,{name},1979,https://boxd.it/e{at},,,,2025-03-01\n"
    names = ("Alien", "ALIEN", "  alien ")
    diary = "".join(day.format(name=names[at % 3], at=at) for at in range(60))
    review = "2025-03-02,Alien,1979,https://boxd.it/r{at},,,Good.,,2025-03-01\n"
    reviews = "".join(review.format(at=at) for at in range(52))

    export = read_zip(tmp_path, {"diary.csv": DIARY + diary + ALIEN.replace("-01\n", "-04\n"),
                                 "reviews.csv": REVIEWS + reviews})  # fmt: skip

    assert len(export.diary) == 50 + 1 + 50
    assert export.skipped == 12
    assert export.problems[0] == (
        "diary.csv, row 52: there are 50 viewings of this film on this day already."
    )


def test_more_films_of_one_name_and_year_than_there_are_are_left_out(tmp_path: Path) -> None:
    film = "2025-03-02,Alien,1979,https://boxd.it/{at}\n"
    films = FILMS + "".join(film.format(at=at) for at in range(60))

    export = read_zip(tmp_path, {"watched.csv": films, "watchlist.csv": films})

    assert len(export.watched) == len(export.watchlist) == 50
    assert export.skipped == 20
    assert export.problems[0] == (
        "watched.csv, row 52: there are 50 other films of this name and year already."
    )


def test_one_address_is_one_films(tmp_path: Path) -> None:
    export = read_zip(
        tmp_path,
        {
            "watched.csv": FILMS
            + "2025-03-02,Alien,1979,https://boxd.it/f1\n2025-03-02,Heat,1995,https://boxd.it/f1\n",
            "diary.csv": DIARY + ALIEN + ALIEN.replace("Alien,1979", "Heat,1995"),
        },
    )

    assert [row.film_uri for row in export.diary] == ["https://boxd.it/f1", None]


def test_reviews_of_one_film_on_one_day_are_no_endless_work(tmp_path: Path) -> None:
    def work(how_many: int) -> int:
        line = "2025-03-02,Alien,1979,,,,{}2025-03-01\n"
        members: dict[str, str | bytes] = {
            "diary.csv": DIARY + line.format(",") * how_many,
            "reviews.csv": REVIEWS + line.format("Good.,,") * how_many,
        }
        path = zipped(tmp_path, members)
        return calls(lambda: letterboxd.read(path, name="export.zip"))

    assert work(2_000) < 6 * work(500)


def test_an_export_of_more_rows_than_can_be_kept_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letterboxd, "MAX_IN_ALL", 40)
    lists: dict[str, str | bytes] = {f"lists/{at}.csv": LIST for at in range(41)}

    with pytest.raises(BadFile, match="more than 40 rows"):
        read_zip(tmp_path, lists)


_MEASURED = """
import resource, sys
from pathlib import Path
from worker_jobs.imports import letterboxd

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
export = letterboxd.read(Path(sys.argv[1]), name="diary.csv")
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(len(export.diary), (after - before) // 1024)
"""


def test_all_rows_that_an_export_may_have_fit_into_a_small_machine(tmp_path: Path) -> None:
    line = "{at},Film {number}-{at},1999,https://boxd.it/{number}x{at},\n"
    head = LIST.partition("1,Alien")[0]
    each = letterboxd.MAX_IN_ALL // 4
    members: dict[str, str | bytes] = {
        f"lists/{number}.csv": head
        + "".join(line.format(at=at, number=number) for at in range(each))
        for number in range(4)
    }
    path = zipped(tmp_path, members)

    command = ["sh", "-c", '"$0" -c "$1" "$2"', sys.executable, _MEASURED, str(path)]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)

    assert int(said.stdout.split()[-1]) <= 110


def test_twenty_megabytes_of_diary_fit_into_a_small_machine(tmp_path: Path) -> None:
    path = tmp_path / "diary.csv"
    tags = "t" * 130
    with path.open("w") as file:
        file.write(DIARY)
        for number in range(100_000):
            day = f"{1950 + number // 2000}-{number % 12 + 1:02}-{number % 28 + 1:02}"
            file.write(
                f"{day},Film number {number},1999,https://boxd.it/{number},4,,{tags},{day}\n"
            )
    assert 19 << 20 < path.stat().st_size <= archive.MAX_MEMBER

    # The high-water mark of this process survives in its children's: a shell stands between.
    command = ["sh", "-c", '"$0" -c "$1" "$2"', sys.executable, _MEASURED, str(path)]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)

    rows, megabytes = map(int, said.stdout.split())
    assert rows == tables.MAX_ROWS - 1
    assert megabytes <= 80
