"""Text in any script: measured, shortened, broken, ordered; never a box, never slow."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFont

from worker_jobs.mosaic import scripts
from worker_jobs.mosaic.text import BEST, Type, words
from worker_jobs.mosaic.typefaces import FONTS, Face, faces

BASIC = ImageFont.Layout.BASIC
LAYOUTS = sorted({BEST, BASIC})
TITLES = [
    "The Third Man",
    "Летят журавли",
    "Ἀθήνα",
    "千と千尋の神隠し",
    "기생충",
    "وداعا يوليا",
    "ואלס עם באשיר",
    "ลุงบุญมีระลึกชาติ",
    "मदर इंडिया",
    "পথের পাঁচালী",
    "ქართული",
    "WALL·E 🤖",
    "👨‍👩‍👧 🇯🇵 ❤️ 1️⃣",
]


def drawn(text: str, face: Type) -> Image.Image:
    image = Image.new("L", (600, 60))
    face.draw(image.convert("RGB"), (0, 0), "", (0, 0, 0))
    canvas = Image.new("RGB", image.size)
    face.draw(canvas, (5, 45), text, (255, 255, 255))
    return canvas


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("weight", [400, 600, 800])
@pytest.mark.parametrize("title", TITLES)
def test_every_letter_of_every_script_has_a_face(
    title: str, weight: int, layout: ImageFont.Layout
) -> None:
    runs = scripts.runs(scripts.clean(title), weight, layout)
    seen = "".join(run.text for run in runs)

    assert len(seen.replace(" ", "")) >= len(scripts.clusters(title.replace(" ", ""))) / 2
    assert drawn(title, Type(24, weight, layout)).getbbox()
    for run in runs:
        # Without libraqm, letters come in their joined forms: covered as well.
        assert all(run.face.covers(character) for character in run.text)


@pytest.mark.parametrize("face", [*faces(400), *faces(800)], ids=lambda face: face.name)
def test_a_face_is_there_and_draws_what_it_says_it_covers(face: Face) -> None:
    font = face.at(20, BASIC)
    shown = [chr(point) for point in range(0x20, 0x1F700, 97) if face.covers(chr(point))]

    empty = [
        character
        for character in shown
        if unicodedata.category(character)[0] in "LNS" and not font.getmask(character).getbbox()
    ]

    assert face.path.parent == FONTS
    assert empty == []


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("nothing", ["", "  ", "\x00\n", "\ud800", "\U000f0000", "\u202e", "𓀀"])
def test_what_no_font_has_draws_nothing(nothing: str, layout: ImageFont.Layout) -> None:
    face = Type(24, 400, layout)

    assert face.measure(nothing) == 0
    assert drawn(nothing, face).getbbox() is None


@pytest.mark.parametrize("nothing", ["\ud800", "\U000f0000", "\u202e", "𓀀"])
def test_it_leaves_no_gap(nothing: str) -> None:
    one, other = drawn("ab", Type(24)), drawn(f"a{nothing}b", Type(24))

    assert ImageChops.difference(one, other).getbbox() is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The\tThing\r\n(1982) ", "The Thing (1982)"),
        ("a\u202eb\u200ec", "abc"),
        ("e\u0301", "é"),
        ("x" * 5_000, "x" * scripts.LONGEST),
        (" " * 10_000, ""),
    ],
)
def test_cleaning(text: str, wanted: str) -> None:
    assert scripts.clean(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ab", ["a", "b"]),
        ("x\u0301y", ["x\u0301", "y"]),
        ("👨‍👩‍👧!", ["👨‍👩‍👧", "!"]),
        ("🇩🇪🇯🇵", ["🇩🇪", "🇯🇵"]),
        ("👍🏽", ["👍🏽"]),
        ("क्षमा", ["क्ष", "मा"]),
        ("각", ["각"]),
        (" \u0301", [" ", "\u0301"]),
    ],
)
def test_letters_are_cut_where_a_reader_would(text: str, wanted: list[str]) -> None:
    assert scripts.clusters(text) == wanted


def test_piled_up_marks_are_taken_off() -> None:
    assert scripts.clusters("z" + "\u0301" * 500) == ["z\u0301\u0301"]


def order(text: str) -> str:
    """Return the runs from left to right, what is read from the right in angle brackets."""
    return "|".join(
        f"<{run.text}>" if run.rtl else run.text for run in scripts.runs(text, 400, BEST)
    )


@pytest.mark.skipif(BASIC == BEST, reason="without libraqm the letters are turned round already")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Waltz ואלס 2008", "Waltz |2008|< >|<ואלס>"),
        ("ואלס (Waltz) 2008", "2008|<) >|Waltz|< (>|<ואלס>"),
        ("(ואלס)", "<)>|<ואלס>|<(>"),
        ("ab (ג) cd", "ab (|<ג>|) cd"),
    ],
)
def test_two_directions_in_one_line(text: str, wanted: str) -> None:
    assert order(text) == wanted


def test_brackets_belong_to_what_they_enclose() -> None:
    text = "ואלס עם באשיר (Waltz with Bashir) 2008"
    shown = "".join(run.text for run in scripts.runs(text, 400, BASIC))

    assert shown == "2008 (Waltz with Bashir) " + "ואלס עם באשיר"[::-1]


def test_without_libraqm_arabic_is_joined_and_turned() -> None:
    (run,) = scripts.runs("فيلم", 400, BASIC)

    assert run.text == "\ufee2\ufee0\ufef4\ufed3"


def test_without_libraqm_an_emoji_of_several_is_its_first() -> None:
    assert [run.text for run in scripts.runs("👨‍👩‍👧", 400, BASIC)] == ["👨"]


def test_an_unknown_letter_falls_back_to_a_plain_one() -> None:
    assert "".join(run.text for run in scripts.runs("𝕿𝖍𝖊", 400, BEST)) == "The"


def test_lines_begin_where_their_script_does() -> None:
    assert scripts.reads_from_right("وداعا (Goodbye)")
    assert not scripts.reads_from_right("Goodbye (وداعا)")


@pytest.mark.parametrize("layout", LAYOUTS)
@given(text=st.text(max_size=80), width=st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_what_is_fitted_fits(layout: ImageFont.Layout, text: str, width: int) -> None:
    face = Type(16, 400, layout)

    assert face.measure(face.fit(text, width)) <= width


@given(text=st.text(max_size=120), width=st.integers(40, 300), lines=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_what_is_broken_into_lines_fits_and_loses_nothing_unseen(
    text: str, width: int, lines: int
) -> None:
    face = Type(16)

    found = face.wrap(text, width, lines)

    assert len(found) <= lines
    assert all(face.measure(line) <= width for line in found)
    whole = "".join(found).replace(" ", "")
    assert whole.endswith("…") or whole == scripts.clean(text).replace(" ", "")


def test_ten_kilobytes_of_title_are_set_at_once() -> None:
    face = Type(14)

    assert face.fit("فيلم طويل " * 1_000, 300).endswith("…")
    assert len(face.wrap("a" * 10_000, 100, 3)) == 3
    assert len(face.wrap("word " * 2_000, 100, 3)) == 3


def test_a_short_text_is_left_alone() -> None:
    assert Type(14).fit("Solaris", 200) == "Solaris"
    assert Type(14).wrap("Solaris", 200, 3) == ["Solaris"]


def test_the_ellipsis_follows_a_letter() -> None:
    face = Type(14)

    assert face.fit("One, two, three", face.measure("One, two") + face.size) == "One, two…"
    assert face.fit("Solaris", 3) == ""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The Third Man", ["The ", "Third ", "Man"]),
        ("千と千尋、神", ["千", "と", "千", "尋、", "神"]),
        ("기생충 살인", ["기생충 ", "살인"]),
        ("Spider-Man", ["Spider-", "Man"]),
    ],
)
def test_where_a_line_may_break(text: str, wanted: list[str]) -> None:
    assert words(text) == wanted


def test_drawing_returns_the_width_it_measured() -> None:
    face = Type(20, 600)

    width = face.draw(Image.new("RGB", (300, 40)), (3, 30), "Solaris 千", (255, 255, 255))

    assert width == pytest.approx(face.measure("Solaris 千"))


def test_a_letter_younger_than_pythons_tables_does_not_break_a_line() -> None:
    line = Type(20).fit("א\U00018cd6 b", 200)

    assert line
