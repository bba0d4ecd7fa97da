"""A basket as other programs read it."""

import csv
import json
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from core.videos import address, as_id
from database.baskets import Item
from webapp.crates import basket_files

A, B = as_id(1), as_id(-2)


def item(video_id: str = A, **said: object) -> Item:
    made = Item(1, video_id, "Can - Halleluhwah", 1_108, 7, "Can", "Tago Mago", "United Artists",
                is_chosen=True, state=None, reason=None)  # fmt: skip
    return made._replace(**said)  # type: ignore[arg-type]


def written(pieces: Iterable[str]) -> str:
    return "".join(pieces)


def test_m3u8_tells_length_title_and_address() -> None:
    items = [item(), item(B, video_title="", seconds=None), item(video_title="a\r\nhttp://b")]

    assert written(basket_files.m3u8(items)).splitlines() == [
        "#EXTM3U",
        "#PLAYLIST:Discogs basket",
        "#EXTINF:1108,Can - Halleluhwah",
        address(A),
        "#EXTINF:-1,Can - Tago Mago",
        address(B),
        "#EXTINF:1108,a http://b",
        address(A),
    ]


def test_addresses_stand_one_a_line() -> None:
    assert written(basket_files.text([item(), item(B)])) == f"{address(A)}\n{address(B)}\n"


def test_no_cell_of_the_table_is_a_formula() -> None:
    dashed = "-" + as_id(0)[1:]
    rows = list(
        csv.DictReader(
            written(
                basket_files.csv([item(dashed, video_title="=1+1", artist="+", label="@a")])
            ).splitlines()
        )
    )

    assert rows[0]["video_title"] == "'=1+1"
    assert (rows[0]["artist"], rows[0]["label"]) == ("'+", "'@a")
    assert (rows[0]["seconds"], rows[0]["release_id"]) == ("1108", "7")
    assert rows[0]["address"] == address(dashed)


def test_jspf_is_xspf_in_json_with_milliseconds() -> None:
    told = json.loads(written(basket_files.jspf([item(), item(B, seconds=None)])))

    assert told["playlist"]["title"] == "Discogs basket"
    first, second = told["playlist"]["track"]
    assert first == {
        "location": [address(A)],
        "title": "Can - Halleluhwah",
        "creator": "Can",
        "album": "Tago Mago",
        "duration": 1_108_000,
    }
    assert "duration" not in second


def test_an_empty_basket_is_a_whole_file_too() -> None:
    assert json.loads(written(basket_files.jspf([])))["playlist"]["track"] == []
    assert written(basket_files.m3u8([])).startswith("#EXTM3U\n")
    assert written(basket_files.csv([])).startswith("video_id,")


def test_no_link_has_more_videos_than_youtube_takes() -> None:
    items = [item(as_id(number)) for number in range(120)]

    parts = list(basket_files.parts(items))

    assert [len(part) for part in parts] == [50, 50, 20]
    assert [one for part in parts for one in part] == items
    link = basket_files.watch([one.video_id for one in parts[0]])
    asked = parse_qs(urlsplit(link).query)["video_ids"][0].split(",")
    assert asked == [as_id(number) for number in range(50)]


def test_a_player_goes_through_its_part() -> None:
    assert basket_files.embed([A]) == f"https://www.youtube-nocookie.com/embed/{A}"
    assert basket_files.embed([A, B, A]).endswith(f"/embed/{A}?playlist={B},{A}")
