"""From the bytes of a dump to rows: what is left out, what is mended, what is put aside."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from core import videos
from core.crate_rows import ANY, DESCRIPTION, GENRE, ONE_PER_MASTER, ONLY, WITH_VIDEO, YEAR, Batch
from core.dump_files import RELEASES
from core.errors import BadFile
from fakes import dumps
from worker_jobs.discogs_import import checking, parsing, trimming
from worker_jobs.discogs_import.chunks import Chunk, chunks, end_of
from worker_jobs.discogs_import.collecting import Collector, Wanted
from worker_jobs.discogs_import.reading import opened

END = end_of(RELEASES)
EVERY = (Wanted(only_videos=False, barcodes=False), Wanted(only_videos=True, barcodes=True))


def read(path: Path, sha256: str | None = None) -> list[Chunk]:
    with opened(path, sha256) as (_, file):
        return list(chunks(file, RELEASES, None))


def collected(records: Sequence[bytes], wanted: Wanted = EVERY[0]) -> Batch:
    ended = [record.removesuffix(END) for record in records]
    return Collector(wanted).collect(parsing.parse(ended, END, lambda at: at + 1))


@pytest.mark.parametrize("wanted", EVERY)
def test_trimmed_and_whole_say_the_same_for_real_releases(samples: Path, wanted: Wanted) -> None:
    for chunk in read(samples / "discogs" / "discogs_20200806_releases.xml.gz"):
        checking.check(chunk.records, END, wanted)
        whole = Collector(wanted).collect(parsing.parse(chunk.records, END, chunk.number))
        trimmed = [trimming.trim(one, barcodes=wanted.barcodes) for one in chunk.records]
        lean = Collector(wanted).collect(parsing.parse(trimmed, END, chunk.number))
        assert whole == lean
        assert whole.releases and not whole.aside


@pytest.mark.parametrize("layout", [dumps.OLD, dumps.NEW])
@pytest.mark.parametrize("wanted", EVERY)
def test_trimmed_and_whole_say_the_same_for_odd_ones(layout: dumps.Layout, wanted: Wanted) -> None:
    records = [dumps.release(at, layout).removesuffix(END) for at in range(1, 2_001)]

    checking.check(records, END, wanted)

    whole = Collector(wanted).collect(parsing.parse(records, END, lambda at: at))
    passed = [one for one in records if trimming.has_video(one) or not wanted.only_videos]
    lean = [trimming.trim(one, barcodes=wanted.barcodes) for one in passed]
    assert Collector(wanted).collect(parsing.parse(lean, END, lambda at: at)) == whole
    assert len(whole.releases) == 2_000 or wanted.only_videos
    assert whole.videos


def video(title: str, src: str = "AAAAAAAAAAA", described: str = "") -> str:
    src = src if "/" in src else f"https://www.youtube.com/watch?v={src}"
    told = f"<title>{title}</title><description>{described}</description>"
    return f'<video src="{src}" duration="7" embed="true">{told}</video>'


@pytest.mark.parametrize(
    ("videos_of_one", "is_in_lines"),
    [
        (video("R &amp; B  ", described="two\nlines &#13;") + video("", "BBBBBBBBBBA"), True),
        (video("twice") + video("again"), True),
        (video("a\nb") + video("c", "BBBBBBBBBBA"), False),
        (video("a\rb"), False),
        (video("a&#10;b"), False),
        (video("a &lt; b"), False),
        (video("more of an address", "https://youtu.be/AAAAAAAAAAA?t=3"), False),
        (video("usual") + "<video src='https://vimeo.com/1'/>", False),
        (video("usual") + " " + video("next", "BBBBBBBBBBA"), False),
        ("", False),
    ],
)
def test_videos_are_read_as_lines_or_as_they_are_and_say_the_same(
    videos_of_one: str, is_in_lines: bool
) -> None:
    whole = (
        '<release id="1"><title>A</title><tracklist><track/></tracklist>'
        f"<videos>{videos_of_one}</videos>"
    ).encode()

    lean = trimming.trim(whole, barcodes=False)

    assert (trimming.VIDEO_LINES.encode() in lean) == is_in_lines
    assert b"description" not in lean
    assert collected([lean]) == collected([whole])
    assert bool(collected([lean]).videos) == bool(videos_of_one)


def test_a_videos_title_that_is_no_xml_is_mended_in_lines_too() -> None:
    shown = video("a\x07b") + video("\x07", "BBBBBBBBBBA")
    whole = f'<release id="1"><tracklist></tracklist><videos>{shown}</videos>'.encode()

    lean = trimming.trim(whole, barcodes=False)

    assert trimming.VIDEO_LINES.encode() in lean
    assert [row[-1] for row in collected([lean]).videos] == ["ab", None]
    assert collected([lean]) == collected([whole])


def test_both_layouts_say_the_same() -> None:
    old, new = (
        collected([dumps.release(at, layout) for at in range(1, 500)])
        for layout in (dumps.OLD, dumps.NEW)
    )

    assert old == new


def test_a_release_in_rows() -> None:
    record = (
        b'<release id="7" status="Accepted"><artists><artist><id>5</id><name>Grimes (4)</name>'
        b"<join>&amp;</join></artist><artist><name>Nobody</name><anv>No One</anv></artist>"
        b"</artists><title>A &amp; B</title><labels><label name='Svek (2)' catno='SK 1' id='3'/>"
        b"<label name='Svek (2)' catno='SK 2' id='3'/></labels><series><series name='S' id='9'/>"
        b"</series><formats><format name='Vinyl' qty='2'><descriptions><description>LP"
        b"</description></descriptions></format></formats><genres><genre>1</genre><genre>Rock"
        b"</genre></genres><released>1999-03-00</released><master_id is_main_release='false'>11"
        b"</master_id><tracklist><track><artists><artist><id>6</id><name>Other</name></artist>"
        b"</artists></track></tracklist><identifiers><identifier type='Barcode' "
        b"value='0 7599-25604-1 8'/></identifiers><videos><video src='https://youtu.be/tHo8-qLdx9A'"
        b" duration='61'><title>T</title></video><video src='https://youtu.be/tHo8-qLdx9A?t=3'/>"
        b"<video src='https://vimeo.com/1'/></videos></release>\n"
    )

    batch = collected([record], Wanted(only_videos=True, barcodes=True))

    assert batch.releases == [
        (7, "A & B", "Grimes & No One", "Svek", "SK 1", 1999, None, "Vinyl, LP", 11, False, 1,
         "075992560418")
    ]  # fmt: skip
    assert batch.artists == {5: "Grimes (4)"} and batch.labels == {3: "Svek (2)"}
    assert batch.release_artists == [(5, 7)] and batch.release_labels == [(3, 7)]
    assert batch.videos == [(7, 0, videos.as_number("tHo8-qLdx9A"), 61, "T")]
    assert {key for key in batch.facets if key[0] in (ONLY, GENRE, YEAR, DESCRIPTION)} == {
        (ONLY, ANY), (ONLY, WITH_VIDEO), (GENRE, "Rock"), (YEAR, "1999"), (DESCRIPTION, "LP"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("second", "shown"),
    [
        ("<join>&amp;</join>", "A & B"),
        ("<join>,</join>", "A, B"),
        ("<join/>", "A, B"),
        ("", "A, B"),
        ("<join>vs.</join>", "A vs. B"),
    ],
)
def test_what_stands_between_two_artists(second: str, shown: str) -> None:
    record = (
        f'<release id="1"><artists><artist><name>A</name>{second}</artist>'
        "<artist><name>B</name><join>,</join></artist></artists></release>\n"
    )

    assert collected([record.encode()]).releases[0].artist == shown


def test_a_section_that_does_not_end_is_cut_nowhere() -> None:
    record = b'<release id="1"><title>T</title><notes>N</release>\n'.removesuffix(END)

    assert trimming.trim(record, barcodes=False) == record


def test_what_cannot_be_read_is_a_bad_file(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        read(tmp_path)
    with pytest.raises(BadFile, match="not there any more"):
        read(tmp_path / "gone.xml.gz")


@pytest.mark.parametrize("said", ["?", "", "0400-01-01", "197", "3000", "١٩"])
def test_what_is_no_year(said: str) -> None:
    record = f'<release id="1"><released>{said}</released></release>\n'.encode()

    assert collected([record]).releases[0].year is None


def test_one_per_master_is_the_main_release_or_one_without_a_master() -> None:
    batch = collected([
        b'<release id="1"><master_id is_main_release="true">5</master_id></release>\n',
        b'<release id="2"><master_id is_main_release="false">5</master_id></release>\n',
        b'<release id="3"></release>\n',
    ])  # fmt: skip

    assert list(batch.facets[ONLY, ONE_PER_MASTER]) == [1, 3]


@pytest.mark.parametrize("damage", dumps.MENDED)
def test_a_damaged_title_costs_nothing_else(damage: str) -> None:
    good = [dumps.plain(at, f"Title {at}", "tHo8-qLdx9A") for at in (1, 2, 3)]
    bad = [good[0], dumps.MENDED[damage](good[1]), good[2]]

    batch = collected(bad)

    assert [row.id for row in batch.releases] == [1, 2, 3] and not batch.aside
    title = batch.releases[1].title
    assert title is not None and title.endswith("Title 2")
    assert not set(title) & {"\x07", "\ufffe", "\x00"}
    assert len(batch.videos) == 3


@pytest.mark.parametrize("damage", dumps.LOST)
def test_what_is_no_release_is_put_aside_and_told(damage: str) -> None:
    good = [dumps.plain(at, "Title", "tHo8-qLdx9A") for at in (1, 2, 3)]
    bad = [good[0], dumps.LOST[damage](good[1]), good[2]]

    batch = collected(bad)

    assert [row.id for row in batch.releases] == [1, 3]
    (aside,) = batch.aside
    assert aside.record == 2 and aside.reason and aside.start.startswith(b"<release")


def test_entities_of_its_own_are_not_filled_in() -> None:
    """A title that would be a hundred million letters, as text and as an attribute."""
    levels = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 9))
    doctype = f'<!DOCTYPE release [<!ENTITY x0 "ha">{levels}]>'.encode()
    good = dumps.plain(1, "Title", "tHo8-qLdx9A")
    laughing = good.replace(b"Title", b"&x8;").replace(b"<release ", b'<release more="&x8;" ', 1)

    batch = collected([doctype + laughing, laughing])

    assert all(len(row.title or "") < 100 for row in batch.releases)


def test_a_release_that_comes_twice_stands_once() -> None:
    records = [dumps.plain(1, "First", "tHo8-qLdx9A"), dumps.plain(1, "Second", "tHo8-qLdx9A")]

    batch = collected(records)

    assert [row.title for row in batch.releases] == ["First"] and len(batch.videos) == 1
    assert [(one.record, one.release_id) for one in batch.aside] == [(2, 1)]


def test_numbers_beyond_all_bounds_break_nothing() -> None:
    long = "9" * 5_000
    record = (
        f'<release id="1"><artists><artist><id>{long}</id><name>A</name></artist></artists>'
        f'<videos><video src="https://youtu.be/tHo8-qLdx9A" duration="{long}"/></videos>'
        "</release>\n"
    ).encode()

    batch = collected([record])

    assert not batch.release_artists and batch.videos[0][3] is None


def _sections(*names: str) -> bytes:
    inside = {
        "tracklist": b"<tracklist><track/></tracklist>",
        "videos": b'<videos><video src="https://youtu.be/tHo8-qLdx9A"/></videos>',
        "marked": b'<videos x="1"><video src="https://youtu.be/tHo8-qLdx9A"/></videos>',
        "genres": b"<genres><genre>Rock</genre></genres>",
    }
    return b'<release id="1">%b' % b"".join(inside[name] for name in names)


@pytest.mark.parametrize(
    "sections",
    [("videos", "tracklist"), ("tracklist", "marked"), ("tracklist", "genres", "videos")],
)
def test_another_layout_is_noticed(sections: tuple[str, ...]) -> None:
    with pytest.raises(checking.TrimmingUnsafe):
        checking.check([_sections(*sections)], END, EVERY[1])


def test_what_the_check_takes_for_the_same() -> None:
    checking.check([_sections("genres", "tracklist", "videos")], END, EVERY[1])


def test_the_first_thousand_and_one_in_a_thousand_are_read_twice(tmp_path: Path) -> None:
    file = tmp_path / "d.xml.gz"
    records = [dumps.plain(at, "x" * 900) for at in range(1, 6_001)]
    file.write_bytes(dumps.packed(dumps.dump(records)))

    found = read(file)

    first, *others = found
    assert first.checked == first.records and len(first.records) > 500
    numbers = [one.first + one.records.index(record) for one in others for record in one.checked]
    assert [at for at in numbers if at >= 3_000] == [3_000, 4_000, 5_000]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_dump_in_many_members_and_one_that_is_not_packed(tmp_path: Path) -> None:
    xml = dumps.dump(dumps.release(at) for at in range(1, 400))
    declared = b'<?xml version="1.0" encoding="UTF-8"?>\n' + xml
    bom = b"\xef\xbb\xbf"
    files = [dumps.packed(xml), dumps.packed(xml, members=7), xml, declared, bom + xml]
    files += [bom + declared, bytes(b" " * 50) + xml]

    found = [read(write(tmp_path / str(at), file)) for at, file in enumerate(files)]

    assert all(sum(len(chunk.records) for chunk in one) == 399 for one in found)
    assert all(one[0].records[0].startswith(b'<release id="1"') for one in found)


_WHOLE = dumps.dump(dumps.release(at) for at in range(1, 400))


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (dumps.cut(dumps.packed(_WHOLE)), "damaged"),
        (dumps.flipped(dumps.packed(_WHOLE)), "damaged"),
        (dumps.packed(_WHOLE)[:-4], "damaged"),
        (dumps.packed(_WHOLE[:-40]), "in the middle"),
        (dumps.packed(_WHOLE.removesuffix(b"</releases>\n")), "in the middle"),
        (dumps.packed(dumps.dump([dumps.artist(1, "A")], "artists")), "a dump of artists"),
        (dumps.packed(b"<!DOCTYPE html><html><p>Sorry</p></html>"), "no dump of Discogs"),
        (b"<html>403</html>", "no dump of Discogs"),
        (dumps.packed(b""), "empty"),
        (b"", "empty"),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_sentence(
    tmp_path: Path, file: bytes, why: str
) -> None:
    with pytest.raises(BadFile, match=why):
        read(write(tmp_path / "d.xml.gz", file))


def test_a_dump_without_an_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker_jobs.discogs_import.chunks._LONGEST", 1 << 21)
    xml = b"<releases>\n" + b"x" * (1 << 22)

    with pytest.raises(BadFile, match="no end of a release"):
        read(write(tmp_path / "d.xml.gz", gzip.compress(xml)))


def test_another_checksum_is_refused_at_the_end(tmp_path: Path) -> None:
    file = write(tmp_path / "d.xml.gz", dumps.packed(_WHOLE) + b"\0" * 8)

    with pytest.raises(BadFile, match="checksum"):
        read(file, "0" * 64)


def test_numbers_count_what_was_passed_by(tmp_path: Path) -> None:
    records = [dumps.plain(at, "t", *(["tHo8-qLdx9A"] if at == 5 else [])) for at in range(1, 9)]
    file = write(tmp_path / "d.xml.gz", dumps.packed(dumps.dump(records)))

    with opened(file, None) as (packed, unpacked):
        (chunk,) = chunks(unpacked, RELEASES, trimming.has_video)
        done = packed.done

    assert [chunk.number(at) for at in range(len(chunk.kept))] == [5]
    assert done == file.stat().st_size
