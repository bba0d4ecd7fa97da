"""Tables of records as programs and people write them: names, formats, days, prices, columns."""

from pathlib import Path

import pytest

from core import kinds
from core.kinds import Kind
from database.shelf_columns import FIELDS, Columns, guessed
from worker_jobs.imports.tables import Problems
from worker_jobs.shelf_imports import cell_values, days, discogs_words, table
from worker_jobs.shelf_imports.doubts import Doubts


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Grimes (4)", ["Grimes"]),
        ("Earth, Wind & Fire", ["Earth, Wind & Fire"]),
        ("Crosby, Stills, Nash & Young", ["Crosby, Stills, Nash & Young"]),
        ("Nirvana (2), Can", ["Nirvana", "Can"]),
        ("Nirvana (2) & Can (7)", ["Nirvana", "Can"]),
        ("Nirvana (2) Feat. Can", ["Nirvana", "Can"]),
        ("A / B (3)", ["A", "B"]),
        ("Can / CAN", ["Can"]),
        ("AC/DC", ["AC/DC"]),
        ("Beatles*, The", ["The Beatles"]),
        ("Beatles (2), The", ["The Beatles"]),
        ("Prince*", ["Prince"]),
        ("Prince* & The Revolution", ["Prince", "The Revolution"]),
        ("Prince* & Revolution, The*", ["Prince", "The Revolution"]),
        ("***", ["***"]),
        ("N*E*R*D", ["N*E*R*D"]),
        ("M; N", ["M, N"]),
        ("Sunn O)))", ["Sunn O)))"]),
        ("1975 (2015)", ["1975"]),
        ("", ["NA"]),
        ("x" * 300, ["x" * 200]),
    ],
)
def test_artists_are_parted_only_where_that_is_certain(text: str, names: list[str]) -> None:
    assert discogs_words.artists(text) == names


@pytest.mark.parametrize(
    ("text", "numbers", "names"),
    [
        ("Sub Pop, Sub Pop", 2, ["Sub Pop"]),
        ("Sub Pop, Sub Pop", 1, ["Sub Pop"]),
        ("World Records, On-U Sound, On-U Sound", 3, ["World Records", "On-U Sound"]),
        ("021 Records, Human Records (2)", 2, ["021 Records", "Human Records"]),
        ("Warner Bros. Records, Inc.", 1, ["Warner Bros. Records, Inc."]),
        ("Yours, Mine & Ours", 1, ["Yours, Mine & Ours"]),
        ("", 1, ["NA"]),
        ("none, Sub Pop", 2, ["Sub Pop"]),
        ("none", 1, ["NA"]),
    ],
)
def test_each_label_has_a_catalogue_number_of_its_own(
    text: str, numbers: int, names: list[str]
) -> None:
    assert discogs_words.labels(text, numbers) == names


@pytest.mark.parametrize(
    ("text", "format_", "colour", "edition"),
    [
        ("LP, Album", "LP", None, None),
        ("2xLP, Album, RSD, Ltd", "2xLP", None, "RSD, lim"),
        ("LP, Red + LP, Blu + Album", "2xLP", "red, blue", None),
        ("3xLP, Album", "3xLP", None, None),
        ('12", EP', '12"', None, None),
        ('7", Single, Pap', '7"', None, None),
        ('7", Single, Pic', 'Pic-7"', None, None),
        ("LP, Album, Ltd, Num, Pic", "Pic-LP", None, "lim, numbered"),
        ("LP, MiniAlbum", "MLP", None, None),
        ("Cass, Album", "Tape", None, None),
        ("CD, Album, RE", "CD", None, None),
        ("2xCD, Comp", "2xCD", None, None),
        ("LP + CD, Album", "LP", None, None),
        ("Box, Comp + 4xLP", "4xLP", None, None),
        ("Vinyl, LP, Album", "LP", None, None),
        ('Flexi, 7", S/Sided', '7"', None, None),
        ("LP, Gre", "LP", None, None),
        ("8-Trk, Album", "8-Trk", None, None),
        ("LP, Album, Cle, SR,", "LP", "clear", None),
        ("", None, None, None),
    ],
)
def test_formats_become_ours(
    text: str, format_: str | None, colour: str | None, edition: str | None
) -> None:
    assert discogs_words.format_of(text) == (format_, colour, edition)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("none", [""]),
        ("007", ["007"]),
        ("XLT,366", ["XLT,366"]),
        ("WR007, ONUDP16, none", ["WR007", "ONUDP16", ""]),
    ],
)
def test_catalogue_numbers_keep_what_belongs_to_them(text: str, numbers: list[str]) -> None:
    assert discogs_words.catalogue_numbers(text) == numbers


@pytest.mark.parametrize(
    ("text", "month_first", "day", "time"),
    [
        ("2015-11-30 10:54:13", False, "2015-11-30", "10:54"),
        ("2015-11-30T10:54:13-08:00", False, "2015-11-30", "10:54"),
        ("2015-11-30", False, "2015-11-30", ""),
        ("30/11/2015 10:54", False, "2015-11-30", "10:54"),
        ("30.11.15", False, "2015-11-30", ""),
        ("3.4.1999", False, "1999-04-03", ""),
        ("3/4/99", True, "1999-03-04", ""),
        ("11/30/2015 1:05 PM", True, "2015-11-30", "13:05"),
        ("11/30/2015 12:05 am", True, "2015-11-30", "00:05"),
    ],
)
def test_days_are_read_however_they_are_written(
    text: str, *, month_first: bool, day: str, time: str
) -> None:
    assert days.read(text, month_first=month_first) == (day, time)


@pytest.mark.parametrize(
    "text", ["", "soon", "2015-02-30", "0000-01-01", "31/31/2015", "1500-01-01", "2015", "١/١/٢٠١٥"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert days.read(text) is None


def test_whether_the_month_comes_first_is_told_by_the_days_past_the_twelfth() -> None:
    assert days.is_month_first(["1/2/2015", "11/24/2015"])
    assert not days.is_month_first(["1/2/2015", "24/11/2015"])
    assert not days.is_month_first(["1/2/2015", "2015-11-24", "soon"])


@pytest.mark.parametrize(
    ("text", "hundredths", "currency"),
    [
        ("20", 2000, None),
        ("19.9", 1990, None),
        ("€ 19,90", 1990, "EUR"),
        ("1.234,50 €", 123450, "EUR"),
        ("1,234.50", 123450, None),
        ("1'234.50 CHF", 123450, "CHF"),
        ("12.000", 1200000, None),
        ("20,-", 2000, None),
        ("$7", 700, "$"),
        ("US$ 7.50", 750, "USD"),
        ("CA$7", 700, "CAD"),
        ("7 A$", 700, "AUD"),
        ("about 20", 2000, None),
        ("20 Euro", 2000, None),
        ("0", 0, None),
    ],
)
def test_prices_are_read_in_hundredths(text: str, hundredths: int, currency: str | None) -> None:
    assert cell_values.price(text) == (hundredths, currency)


@pytest.mark.parametrize("text", ["", "abc", "-5", "9" * 12, "٢٠"])
def test_what_is_no_price_is_none(text: str) -> None:
    assert cell_values.price(text) is None


@pytest.mark.parametrize(
    ("text", "best", "value"),
    [
        ("4", 5, 8), ("3,5", 5, 7), ("4/5", 5, 8), ("10", 10, 10), ("7.5", 10, 8), ("85", 100, 9),
        ("★★★½", 10, 7), ("0", 5, None), ("", 5, None), ("NA", 5, None), ("6", 5, None),
        ("1e9", 5, None),
    ],
)  # fmt: skip
def test_ratings_become_one_to_ten(text: str, best: int, value: int | None) -> None:
    assert cell_values.rating(text, best) == value


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["Artist", "Title", "Label"], {"artists": 0, "title": 1, "labels": 2}),
        (["Interpret", "Titel", "Kaufdatum"], {"artists": 0, "title": 1, "purchased_on": 2}),
        (
            ["record_id", "artist", "artist_country", "title", "lim_edition", "is_digitized"],
            {"artists": 1, "countries": 2, "title": 3, "edition": 4, "is_digitised": 5},
        ),
        (["Album", "Title"], {"title": 1}),
        (["Bewertung", "Note", "Album"], {"rating": 0, "remarks": 1, "title": 2}),
        (["", "x"], {}),
    ],
)
def test_columns_are_guessed_by_their_names(names: list[str], found: dict[str, int]) -> None:
    assert guessed(names) == found


def test_each_field_can_be_chosen() -> None:
    assert set(FIELDS) == set(Columns.model_fields) - {"scale", "no_date"}


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n",
        b"\xef\xbb\xbfa;b\r\n1;2\r\n",
        b"a\tb\n1\t2\n",
        b"sep=;\na;b\n\n1;2\n",
        '"a";"b, c"\n1;2\n'.encode("utf-16"),
        b"a,b\r1,2\r",
    ],
)
def test_whatever_parts_the_cells_is_found_out(content: bytes) -> None:
    found = table.opened(content, "my.csv")

    assert [name[0] for name in found.names] == ["a", "b"]
    (row,) = found.rows(Problems("my.csv"))
    assert (row(0), row(1), row(2), row(None)) == ("1", "2", "", "")


def test_doubts_are_counted_and_the_first_is_told() -> None:
    doubts, problems = Doubts(), Problems("my.csv")
    for number in (5, 7, 9):
        doubts.about("price", number, "abc")
    doubts.about("day", 6, "soon")

    doubts.tell(problems)

    assert problems.sentences == [
        "my.csv: row 5, “abc” was not understood as a price, and 2 more; left out.",
        "my.csv: row 6, “soon” was not understood as a day; left out.",
    ]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"Date,Name,Year,Letterboxd URI\n", Kind.LETTERBOXD_TABLE),
        (b"Catalog#,Artist,Title,Label,release_id\n", Kind.DISCOGS_TABLE),
        ("Artist,Title,release_id\n".encode("utf-16"), Kind.DISCOGS_TABLE),
        (b"\xef\xbb\xbfsep=;\r\nArtist;Title;release_id\r\n", Kind.DISCOGS_TABLE),
        ("sep=\t\nArtist\tTitle\trelease_id\n".encode("utf-16"), Kind.DISCOGS_TABLE),
        (b"Artist,Title\n1,release_id\n", Kind.TABLE),
        (b"", Kind.TABLE),
        (b"PK\x03\x04records.csv credit_trx.csv", Kind.SHELF),
        (b"PK\x03\x04" + b"x" * 600_000 + b"watched.csv", Kind.LETTERBOXD_ZIP),
        (b"PK\x05\x06", Kind.ZIP),
    ],
)
def test_a_file_is_known_by_what_is_in_it(tmp_path: Path, content: bytes, kind: Kind) -> None:
    file = tmp_path / "a name that says nothing"
    file.write_bytes(content)

    assert kinds.of(file) is kind
    assert kinds.of(file).is_zip == content.startswith(b"PK")
