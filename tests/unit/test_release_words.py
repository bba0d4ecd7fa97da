"""What Discogs calls a release's formats, names and figures, in our words."""

import pytest

from core.release_words import Discs, colour_of, edition_of, figures, format_of, plain_name


def vinyl(*words: str, number: int = 1, text: str = "") -> Discs:
    return Discs("Vinyl", number, words, text)


@pytest.mark.parametrize(
    ("formats", "ours"),
    [
        ([vinyl("LP", "Album")], "LP"),
        ([vinyl("LP", "Album", number=2)], "2xLP"),
        ([vinyl("LP"), vinyl("LP"), Discs("All Media", 1, [])], "2xLP"),
        ([vinyl('12"', "EP")], '12"'),
        ([vinyl('7"', "Single", "Picture Disc")], 'Pic-7"'),
        ([vinyl("LP", "Picture Disc")], "Pic-LP"),
        ([vinyl('12"', "Mini-Album")], "MLP"),
        ([vinyl("Album")], "LP"),
        ([vinyl()], "Vinyl"),
        ([vinyl("LP", number=900)], "20xLP"),
        ([Discs("Cassette", 1, ["Album"])], "Tape"),
        ([Discs("CDr", 1, [])], "CD"),
        ([Discs("Box Set", 1, []), vinyl("LP", number=3)], "3xLP"),
        ([Discs("File", 1, ["FLAC"])], "File"),
        ([], None),
    ],
)
def test_a_format_has_our_name(formats: list[Discs], ours: str | None) -> None:
    assert format_of(formats) == ours


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("Red Translucent", "red translucent"),
        ("Clear, 180g", "clear"),
        ("180 Gram", None),
        ("Red Hot Records", None),
        ("Black & White / Yellow", "black & white, yellow"),
        ("Gatefold", None),
        ("Reddish", None),
        ("", None),
    ],
)
def test_a_colour_is_what_is_said_of_the_vinyl(text: str, colour: str | None) -> None:
    assert colour_of([vinyl("LP", text=text)]) == colour
    assert colour_of([Discs("CD", 1, [], text)]) is None


@pytest.mark.parametrize(
    ("words", "edition"),
    [
        (["LP", "Limited Edition", "Numbered"], "lim, numbered"),
        (["LP", "Record Store Day"], "RSD"),
        (["LP", "Reissue"], None),
    ],
)
def test_a_special_pressing_is_told(words: list[str], edition: str | None) -> None:
    assert edition_of([vinyl(*words)]) == edition


@pytest.mark.parametrize(
    ("told", "plain"),
    [
        ("Grimes (4)", "Grimes"),
        ("Grimes (4)*", "Grimes"),
        ("Björk*", "Björk"),
        ("Sunn O)))", "Sunn O)))"),
        ("Beatles, The", "The Beatles"),
        ("Earth, Wind & Fire", "Earth, Wind & Fire"),
        ("Who; Cares", "Who, Cares"),
        ("(2)", "(2)"),
        ("x" * 900, "x" * 200),
    ],
)
def test_a_name_is_as_the_sleeve_has_it(told: str, plain: str) -> None:
    assert plain_name(told) == plain


@pytest.mark.parametrize(
    ("said", "barcode"),
    [
        ("0 7599-25604-1 8", "075992560418"),
        ("5099968330613", "5099968330613"),
        ("BIEM", None),
        ("1234567", None),
        ("١٢٣٤٥٦٧٨", None),
        ("", None),
    ],
)
def test_a_barcode_is_its_figures(said: str, barcode: str | None) -> None:
    assert figures(said) == barcode
