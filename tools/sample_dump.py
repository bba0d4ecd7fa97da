"""Makes the sample of database/crate_sample.py out of the records that the fakes know of.

    PYTHONPATH=. python tools/sample_dump.py

Not part of the running program: the file is checked in. The records exist, their numbers, further
versions and videos are made up.
"""

# ruff: noqa: INP001 - a script by itself

import base64
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from fakes.records import Record, records

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "database" / "crate_sample.xml.gz"
FORMATS = {
    '10"': ("Vinyl", "1", ('10"',)), '12"': ("Vinyl", "1", ('12"',)),
    '7"': ("Vinyl", "1", ('7"', "Single")), "LP": ("Vinyl", "1", ("LP", "Album")),
    "2xLP": ("Vinyl", "2", ("LP", "Album")), "Tape": ("Cassette", "1", ("Album",)),
    "CD": ("CD", "1", ("Album", "Reissue")),
}  # fmt: skip
VIDEOS = 3
REISSUED_AFTER = 27  # years: every third record came out on CD then


def number(*said: object) -> int:
    return zlib.crc32("/".join(map(str, said)).encode())


def element(name: str, text: object) -> str:
    return f"<{name}>{escape(str(text))}</{name}>"


def videos(record: Record) -> str:
    """Return addresses of nothing: made of a hash of what they are called."""
    found = []
    for song in record.songs[:VIDEOS]:
        said = f"{record.artists[0]} - {song}"
        made_up = base64.urlsafe_b64encode(hashlib.sha256(said.encode()).digest()[:8]).decode()
        seconds = 150 + number(song) % 300
        address = f"https://www.youtube.com/watch?v={made_up[:11]}"
        found.append(
            f'<video src="{address}" duration="{seconds}" embed="true">'
            f"{element('title', said)}</video>"
        )
    return f"<videos>{''.join(found)}</videos>" if found else ""


def release(record: Record, id_: int, year: int, format_: str, *, is_main: bool) -> str:
    name, quantity, described = FORMATS[format_]
    artists = "".join(
        f"<artist><id>{1_000_000 + number(one) % 9_000_000}</id>{element('name', one)}</artist>"
        for one in record.artists
    )
    label = quoteattr(record.label)
    label_id = 1_000_000 + number("label", record.label) % 9_000_000
    descriptions = "".join(element("description", one) for one in described)
    main = "true" if is_main else "false"
    return (
        f'<release id="{id_}" status="Accepted"><artists>{artists}</artists>'
        f"{element('title', record.title)}"
        f'<labels><label name={label} catno="none" id="{label_id}"/></labels>'
        f'<formats><format name="{name}" qty="{quantity}" text="">'
        f"<descriptions>{descriptions}</descriptions></format></formats>"
        f"<genres>{element('genre', record.genre)}</genres>"
        f"{element('country', record.countries[0])}{element('released', year)}"
        f'<master_id is_main_release="{main}">{2_000_000 + record.id % 900_000}</master_id>'
        f"{videos(record) if is_main else ''}</release>"
    )


def releases() -> Iterator[tuple[int, str]]:
    for record in records():
        yield record.id, release(record, record.id, record.year, record.format, is_main=True)
        if record.id % 3 == 0:
            again, year = record.id + 10_000_000, record.year + REISSUED_AFTER
            yield again, release(record, again, year, "CD", is_main=False)


def main() -> None:
    lines = [text for _, text in sorted(releases())]
    text = "<releases>\n" + "\n".join(lines) + "\n</releases>\n"
    FILE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
