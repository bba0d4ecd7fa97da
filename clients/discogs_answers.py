"""What Discogs answers, as values: rows that do not fit are left out, texts are cut to size.

Only what is used is read. Nothing is asked here.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, Field, WrapValidator

from clients.discogs_values import Held, Page, Told, Track
from clients.json_answers import none_if_odd
from core.release_words import (
    SIZES,
    Discs,
    colour_of,
    edition_of,
    figures,
    format_of,
    names_in,
    plain_names,
)
from core.releases import Release

_MAX_TEXT, _MAX_POSITION, _MAX_SONGS = 400, 20, 500
_MAX_NAMES, _MAX_NUMBERS = 50, 200
_FIRST_YEAR, _LAST_YEAR = 1860, 2199
_FIGURE = re.compile(r"[0-9]{1,6}", re.ASCII)
_DURATION = re.compile(r"(?:([0-9]{1,2}):)?([0-9]{1,3}):([0-5][0-9])", re.ASCII)
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2}).*", re.ASCII)


# Returns an address that may be asked for a picture; None for one that stands for no picture.
Judge = Callable[[str | None], str | None]


def _cut(text: str) -> str:
    # No database takes NUL, and the pages show no more than this.
    return " ".join(text.replace("\0", "").split())[:_MAX_TEXT].strip()


def _text_or_none(given: Any) -> Any:
    return None if given in (None, "", "none", "None") else given


def _year_or_none(given: Any) -> int | None:
    # "1975", 1975, "1975-04-00", 0 and "" all occur.
    text = str(given)[:4]
    year = int(text) if text.isascii() and text.isdigit() else 0
    return year if _FIRST_YEAR <= year <= _LAST_YEAR else None


def _whole(given: Any) -> int:
    text = str(given)
    return int(text) if _FIGURE.fullmatch(text) else 1


def _on_the_clock(given: Any) -> str:
    """Return a moment as the clock there showed it: an export in CSV says no more."""
    found = _MOMENT.fullmatch(str(given))
    if found is None:
        raise ValueError
    day = date.fromisoformat(found[1])
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError
    return f"{day} {found[2]}"


def _or_zero(given: Any) -> Any:
    return 0 if given is None else given


def _list(given: Any) -> Any:
    return [] if given is None else given


_Text = Annotated[str, AfterValidator(_cut)]
_LongText = Annotated[str, AfterValidator(lambda text: text.replace("\0", "")[:20_000].strip())]
_MaybeText = Annotated[_Text | None, BeforeValidator(_text_or_none)]
_Year = Annotated[int | None, BeforeValidator(_year_or_none)]
_Id = Annotated[int, Field(ge=1, le=10**12)]
_Number = Annotated[int, Field(ge=0), BeforeValidator(_or_zero)]
_Row = TypeVar("_Row")
# A list that may be missing, of rows that are None where they do not fit.
_Rows = Annotated[list[Annotated[_Row | None, WrapValidator(none_if_odd)]], BeforeValidator(_list)]


class _Named(BaseModel):
    name: _Text
    catno: _MaybeText = None


class _Format(BaseModel):
    name: _Text
    qty: Annotated[int, BeforeValidator(_whole)] = 1
    text: Annotated[str, BeforeValidator(lambda given: given or ""), AfterValidator(_cut)] = ""
    descriptions: _Rows[_Text] = []

    def discs(self) -> Discs:
        return Discs(self.name, self.qty, [word for word in self.descriptions if word], self.text)


class _Basics(BaseModel):
    # What a release of a collection and a release by itself share.
    id: _Id
    title: _Text = Field(min_length=1)
    year: _Year = None
    artists: _Rows[_Named] = []
    labels: _Rows[_Named] = []
    formats: _Rows[_Format] = []
    genres: _Rows[_Text] = []
    cover_image: _MaybeText = None

    def discs(self) -> list[Discs]:
        return [one.discs() for one in self.formats if one]

    def release(self, cover: str | None, **more: Any) -> Release:
        numbers = [label.catno for label in self.labels if label and label.catno]
        return Release(
            discogs_id=self.id,
            title=self.title or "Untitled",
            artists=_names(self.artists),
            labels=_names(self.labels),
            catalogue_number=", ".join(dict.fromkeys(numbers))[:_MAX_NUMBERS] or None,
            year=self.year,
            format=format_of(self.discs()),
            genre=next(filter(None, self.genres), None),
            cover_address=cover,
            details=_details(self.discs()),
            **more,
        )


def _names(rows: list[_Named | None]) -> tuple[str, ...]:
    return tuple(plain_names(row.name for row in rows if row))[:_MAX_NAMES]


def _details(discs: list[Discs]) -> str:
    # The size stands in the format already.
    words = [
        word
        for one in discs
        for word in (*one.descriptions, one.text)
        if word and word not in SIZES
    ]
    return ", ".join(dict.fromkeys(words))[:_MAX_TEXT]


class _Note(BaseModel):
    field_id: int
    value: _LongText


class _Held(BaseModel):
    folder_id: _Number = 0
    rating: Annotated[_Number, Field(le=5)] = 0
    added_at: Annotated[str, BeforeValidator(_on_the_clock)] = Field(alias="date_added")
    notes: _Rows[_Note] = []
    basic_information: _Basics

    def held(self, to_be_asked: Judge) -> Held:
        basics = self.basic_information
        return Held(
            basics.release(to_be_asked(basics.cover_image)),
            self.folder_id,
            self.rating,
            self.added_at,
            colour_of(basics.discs()),
            edition_of(basics.discs()),
            {note.field_id: note.value for note in self.notes if note and note.value},
        )


class _Pagination(BaseModel):
    pages: int = Field(ge=0)
    items: int = Field(ge=0)


class Collection(BaseModel):
    pagination: _Pagination
    releases: list[Annotated[_Held | None, WrapValidator(none_if_odd)]]

    def page(self, to_be_asked: Judge) -> Page:
        held = tuple(row.held(to_be_asked) for row in self.releases if row)
        odd = len(self.releases) - len(held)
        return Page(held, odd, self.pagination.pages, self.pagination.items)


class Identity(BaseModel):
    username: str = Field(pattern=r"^[\w.\-]{1,100}$")


class _Numbered(BaseModel):
    id: int
    name: _Text


class Numbered(BaseModel):
    """Folders, or the fields of a collection: the names by their numbers."""

    rows: list[Annotated[_Numbered | None, WrapValidator(none_if_odd)]] = Field(
        validation_alias=AliasChoices("folders", "fields")
    )

    def names(self) -> dict[int, str]:
        return {row.id: row.name for row in self.rows if row}


class _Community(BaseModel):
    have: int | None = None


class _Hit(BaseModel):
    # A row of a search words itself in its own way: one title for artist and title, plain lists.
    id: _Id
    title: _Text = Field(min_length=1)
    year: _Year = None
    country: _MaybeText = None
    labels: _Rows[_Text] = Field([], alias="label")
    genres: _Rows[_Text] = Field([], alias="genre")
    catalogue_number: _MaybeText = Field(None, alias="catno")
    barcodes: _Rows[_Text] = Field([], alias="barcode")
    formats: _Rows[_Format] = []
    cover_image: _MaybeText = None
    community: Annotated[_Community | None, WrapValidator(none_if_odd)] = None

    def release(self, cover: str | None) -> Release:
        artist, dash, title = self.title.partition(" - ")
        discs = [one.discs() for one in self.formats if one]
        labels = plain_names(label for label in self.labels if label)
        return Release(
            discogs_id=self.id,
            title=title if dash else self.title,
            artists=tuple(names_in(artist))[:_MAX_NAMES] if dash else (),
            # A search names companies of all kinds, the label first.
            labels=tuple(labels)[:1],
            catalogue_number=self.catalogue_number,
            barcode=_barcode(self.barcodes),
            year=self.year,
            country=self.country,
            format=format_of(discs),
            genre=next(filter(None, self.genres), None),
            cover_address=cover,
            owners=self.community.have if self.community else None,
            details=_details(discs),
        )


class Found(BaseModel):
    results: list[Annotated[_Hit | None, WrapValidator(none_if_odd)]]

    def releases(self, to_be_asked: Judge) -> list[Release]:
        rows = {row.id: row for row in self.results if row}
        return [row.release(to_be_asked(row.cover_image)) for row in rows.values()]


class _Track(BaseModel):
    position: str = ""
    title: _Text
    duration: str = ""
    kind: str = Field("track", alias="type_")
    sub_tracks: Annotated[list["_Track | None"], WrapValidator(none_if_odd)] | None = None

    def tracks(self) -> list[Track]:
        """Return it, or what it is made of; a heading is none."""
        parts = [track for part in self.sub_tracks or [] if part for track in part.tracks()]
        if parts or self.kind == "heading" or not self.title:
            return parts
        return [Track(_cut(self.position)[:_MAX_POSITION] or None, self.title, self._seconds())]

    def _seconds(self) -> int | None:
        found = _DURATION.fullmatch(self.duration.strip())
        if found is None:
            return None
        return int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3])


class _Image(BaseModel):
    kind: str = Field("", alias="type")
    uri: str


class _Identifier(BaseModel):
    kind: str = Field(alias="type")
    value: _Text


class WholeRelease(_Basics):
    country: _MaybeText = None
    tracklist: _Rows[_Track] = []
    images: _Rows[_Image] = []
    identifiers: _Rows[_Identifier] = []

    def told(self, to_be_asked: Judge) -> Told:
        barcodes = [one.value for one in self.identifiers if one and one.kind == "Barcode"]
        tracks = [track for row in self.tracklist if row for track in row.tracks()]
        more = {"barcode": _barcode(barcodes), "country": self.country}
        return Told(self.release(self._cover(to_be_asked), **more), tuple(tracks[:_MAX_SONGS]))

    def _cover(self, to_be_asked: Judge) -> str | None:
        images = [image for image in self.images if image]
        # Stable: the one that stands for it first.
        images.sort(key=lambda image: image.kind != "primary")
        return next(filter(None, (to_be_asked(image.uri) for image in images)), None)


def _barcode(said: Sequence[str | None]) -> str | None:
    return next(filter(None, (figures(one) for one in said if one)), None)
