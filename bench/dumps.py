"""Dumps of releases as Discogs' are, made up: the same bytes of XML for the same seed.

The layout of 2025/26: 3.1 kB a release, 18.7 % of them with a video, each section as frequent and
as long as in real dumps. On demand every so many records one is odd, or broken in a way that was
met. What nobody digs in (tracks, credits, companies) is drawn from some thousand ready pieces:
far more than gzip remembers, which is 32 kB, so that it packs as badly as real text does.
"""

import gzip
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from bench.drawing import (
    ARTISTS,
    COUNTRIES,
    DESCRIPTIONS,
    FORMATS,
    GENRES,
    LABELS,
    MASTERS,
    VARIOUS,
    Drawn,
    Words,
    rank,
    some,
    styles,
    video_id,
    year,
)
from bench.odd_records import QUIRKS

WITH_VIDEO = 0.187
_ROLES = (
    "Producer", "Written-By", "Mixed By", "Mastered By", "Engineer", "Guitar", "Bass", "Drums",
    "Vocals", "Artwork", "Remix", "Lyrics By", "Arranged By", "Lacquer Cut By", "Design",
)  # fmt: skip
_COMPANY_ROLES = {4: "Record Company", 9: "Distributed By", 13: "Phonographic Copyright (p)"}
_IDENTIFIERS = ("Barcode", "Matrix / Runout", "Rights Society", "Label Code", "Other")
_PIECES = 4_000


class _Piece(NamedTuple):
    """A section that is drawn ready-made. `share`: on how many of the releases it stands."""

    share: float
    texts: list[str]

    def one(self, chance: random.Random) -> str:
        return chance.choice(self.texts) if chance.random() < self.share else ""


class Releases:
    """Makes them one by one; the same ones for the same seed."""

    def __init__(self, seed: int = 1, with_video: float = WITH_VIDEO) -> None:
        self._chance = chance = random.Random(seed)
        self._words = Words(chance)
        self._with_video = with_video
        self._genres, self._formats = Drawn(dict(GENRES)), Drawn(dict(FORMATS))
        self._countries = Drawn(dict(COUNTRIES))
        self._before = [
            _Piece(0.06, self._ready(self._series)),
            _Piece(0.78, self._ready(self._credits)),
            _Piece(1, self._ready(self._format)),
            _Piece(1, self._ready(self._genres_and_styles)),
        ]
        self._notes = _Piece(0.55, self._ready(self._note))
        self._tracks = _Piece(1, self._ready(self._tracklist))
        self._identified = _Piece(0.57, self._ready(self._identifiers))
        self._companies = _Piece(0.6, self._ready(self._companies_of_one))
        self._video_texts = self._ready(self._video_text)

    @staticmethod
    def _ready(make: Callable[[], str]) -> list[str]:
        return [make() for _ in range(_PIECES)]

    def one(self, number: int) -> bytes:
        """Return a whole record, without the line's end."""
        chance = self._chance
        parts = [
            f'<release id="{number}" status="Accepted">',
            self._artists(),
            f"<title>{escape(self._words.title(1 + some(chance, 2.2)))}</title>",
            self._labels(),
            *(piece.one(chance) for piece in self._before),
            self._when_and_where(),
            self._tracks.one(chance),
            self._identified.one(chance),
            self._videos() if chance.random() < self._with_video else "",
            self._companies.one(chance),
            "</release>",
        ]
        return "".join(parts).encode()

    def _artist(self, join: str = "", role: str = "") -> str:
        number = rank(self._chance, ARTISTS)
        said = f"<artist><id>{number}</id><name>{escape(self._words.name(number))}</name>"
        if self._chance.random() < 0.12:
            said += f"<anv>{escape(self._words.title(2))}</anv>"
        said += f"<join>{escape(join)}</join>" if join else ""
        said += f"<role>{escape(role)}</role>" if role else ""
        return f"{said}</artist>"

    def _artists(self) -> str:
        drawn = self._chance.random()
        if drawn < 0.06:
            various = f"<artist><id>{VARIOUS}</id><name>Various</name></artist>"
            return f"<artists>{various}</artists>"
        joins = ["&", ","][: (drawn > 0.83) + (drawn > 0.96)]
        return f"<artists>{''.join(self._artist(join) for join in [*joins, ''])}</artists>"

    def _labels(self) -> str:
        return f"<labels>{self._times(1 + self._happens(0.13), self._label)}</labels>"

    def _label(self) -> str:
        number = rank(self._chance, LABELS, 200)
        name = f"{self._words.name(number + ARTISTS)} Records"
        catno = f"{name[:3].upper()} {self._chance.randrange(1, 99_999):03}"
        catno = "none" if self._happens(0.1) else catno
        return f'<label name={quoteattr(name)} catno={quoteattr(catno)} id="{number}"/>'

    def _when_and_where(self) -> str:
        chance, said = self._chance, ""
        if self._happens(0.97):
            said = f"<country>{escape(self._countries.one(chance))}</country>"
        if self._happens(0.88):
            day = chance.choice(("", "", "", "-05-00", "-11-21", "-03-09"))
            said += f"<released>{year(chance)}{day}</released>"
        said += self._notes.one(chance)
        said += f"<data_quality>{'Needs Vote' if self._happens(0.85) else 'Correct'}</data_quality>"
        if self._happens(0.62):
            is_main = "true" if self._happens(0.25) else "false"
            master = chance.randrange(1, MASTERS)
            said += f'<master_id is_main_release="{is_main}">{master}</master_id>'
        return said

    def _videos(self) -> str:
        return f"<videos>{self._times(1 + some(self._chance, 2.3), self._video)}</videos>"

    @staticmethod
    def _times(many: int, make: Callable[[], str]) -> str:
        return "".join(make() for _ in range(many))

    def _video(self) -> str:
        chance = self._chance
        id_, seconds = video_id(chance), chance.randrange(60, 900)
        return (
            f'<video src="https://www.youtube.com/watch?v={id_}" duration="{seconds}"'
            f' embed="true">{chance.choice(self._video_texts)}'
        )

    # --- the pieces that are made beforehand ---------------------------------------------------

    def _happens(self, share: float) -> bool:
        return self._chance.random() < share

    def _video_text(self) -> str:
        words = self._words
        description = words.text(5 + some(self._chance, 20))
        return (
            f"<title>{escape(words.title(4))}</title>"
            f"<description>{escape(description)}</description></video>"
        )

    def _series(self) -> str:
        name, number = self._words.title(3), rank(self._chance, LABELS)
        return f'<series><series name={quoteattr(name)} catno="7" id="{number}"/></series>'

    def _credits(self) -> str:
        many = 1 + some(self._chance, 4.4)
        credited = (self._artist(role=self._chance.choice(_ROLES)) for _ in range(many))
        return f"<extraartists>{''.join(credited)}</extraartists>"

    def _format(self) -> str:
        said = ""
        for _ in range(1 + self._happens(0.035)):
            name = self._formats.one(self._chance)
            known = DESCRIPTIONS[name]
            many = min(len(known), self._chance.choice((1, 2, 2, 3)))
            told = "".join(
                f"<description>{escape(one)}</description>"
                for one in self._chance.sample(known, many)
            )
            text = quoteattr(self._words.title(2) if self._happens(0.15) else "")
            said += (
                f'<format name={quoteattr(name)} qty="{1 + self._happens(0.08)}" text={text}>'
                f"<descriptions>{told}</descriptions></format>"
            )
        return f"<formats>{said}</formats>"

    def _genres_and_styles(self) -> str:
        genres = {self._genres.one(self._chance) for _ in range(1 + self._happens(0.3))}
        found = "".join(f"<genre>{escape(one)}</genre>" for one in sorted(genres))
        names = styles(self._chance, min(genres))
        told = "".join(f"<style>{escape(one)}</style>" for one in names)
        return f"<genres>{found}</genres>" + (f"<styles>{told}</styles>" if told else "")

    def _note(self) -> str:
        words, chance = self._words, self._chance
        said = f"{words.text(4 + some(chance, 28))}&#13;\n{words.text(some(chance, 10))}"
        return f"<notes>{said}</notes>"

    def _tracklist(self) -> str:
        tracks = "".join(self._track(at) for at in range(1, 2 + some(self._chance, 7.7)))
        return f"<tracklist>{tracks}</tracklist>"

    def _track(self, at: int) -> str:
        chance, words = self._chance, self._words
        said = f"<track><position>{at}</position>"
        said += f"<title>{escape(words.title(1 + some(chance, 2.4)))}</title>"
        if self._happens(0.55):
            said += f"<duration>{chance.randrange(1, 9)}:{chance.randrange(60):02}</duration>"
        if self._happens(0.15):
            said += f"<artists>{self._artist()}</artists>"
        if self._happens(0.24):
            said += (
                self._credits()
                if self._happens(0.2)
                else (f"<extraartists>{self._artist(role=chance.choice(_ROLES))}</extraartists>")
            )
        if self._happens(0.006):
            part = f"<track><position>{at}.1</position><title>{words.title(3)}</title></track>"
            said += f"<sub_tracks>{part}</sub_tracks>"
        return f"{said}</track>"

    def _identifiers(self) -> str:
        many = 1 + some(self._chance, 2.4)
        return f"<identifiers>{self._times(many, self._identifier)}</identifiers>"

    def _identifier(self) -> str:
        chance = self._chance
        kind, description = chance.choice(_IDENTIFIERS), self._words.title(chance.randrange(3))
        value = chance.randrange(10**11, 10**12)
        return f'<identifier type="{kind}" description="{description}" value="{value}"/>'

    def _companies_of_one(self) -> str:
        many = 1 + some(self._chance, 2.3)
        return f"<companies>{self._times(many, self._company)}</companies>"

    def _company(self) -> str:
        code, role = self._chance.choice(list(_COMPANY_ROLES.items()))
        number = rank(self._chance, LABELS)
        name = escape(self._words.name(number + ARTISTS))
        return (
            f"<company><id>{number}</id><name>{name}</name><entity_type>{code}</entity_type>"
            f"<entity_type_name>{role}</entity_type_name>"
            f"<resource_url>https://api.discogs.com/labels/{number}</resource_url></company>"
        )


def records(
    many: int, *, seed: int = 1, quirks: int = 0, with_video: float = WITH_VIDEO
) -> Iterator[bytes]:
    """Yield records with the ids from 1 on; every `quirks`th is odd, each way in its turn."""
    made, odd = Releases(seed, with_video), list(QUIRKS.values())
    for number in range(1, many + 1):
        if quirks and number % quirks == 0:
            record = odd[number // quirks % len(odd)]
            yield record % number if b"%d" in record else record
        else:
            yield made.one(number)


def write(
    file: Path,
    many: int,
    *,
    seed: int = 1,
    quirks: int = 0,
    with_video: float = WITH_VIDEO,
) -> int:
    """Write a whole dump; return the bytes of its XML."""
    size = 0
    with gzip.GzipFile(file, "wb", compresslevel=3, mtime=0) as out:
        out.write(b"<releases>\n")
        for record in records(many, seed=seed, quirks=quirks, with_video=with_video):
            size += out.write(record + b"\n")
        out.write(b"</releases>\n")
    return size
