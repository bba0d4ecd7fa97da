"""What a person says of a table that they bring: which of its columns is what."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.names import fold
from database.record_details import Day

MOST_COLUMNS = 200
_Column = Annotated[int | None, Field(ge=0, lt=MOST_COLUMNS)]

# What each field may be called at the head of a column: by us, in German, by other programs.
_CALLED = {
    "title": "title, album, albumtitle, recordtitle, release, titel, albumname, name",
    "artists": "artist, artists, albumartist, artistname, band, performer, interpret, künstler,"
    " kuenstler, interpreten",
    "countries": "artistcountry, country, land, herkunft",
    "labels": "label, labels, recordlabel, plattenlabel, plattenfirma",
    "year": "year, released, releaseyear, releasedate, jahr, erscheinungsjahr, veröffentlicht",
    "genre": "genre, genres, style, stil, musikrichtung",
    "format": "format, recordformat, medium, media, tonträger, type, typ",
    "colour": "vinylcolor, vinylcolour, color, colour, farbe, vinylfarbe",
    "edition": "limedition, edition, limited, pressing, auflage, limitierung, pressung",
    "copy_number": "number, copynumber, nummer, exemplar",
    "catalogue_number": "cataloguenumber, catalognumber, catalog, catalogno, catno, catalogue,"
    " katalognummer, bestellnummer",
    "barcode": "barcode, ean, upc",
    "purchased_on": "purchasedate, datepurchased, purchased, purchasedon, bought, boughton, date,"
    " dateadded, added, kaufdatum, gekauft, datum",
    "price": "price, purchaseprice, pricepaid, paid, cost, preis, kaufpreis, einkaufspreis",
    "rating": "rating, myrating, stars, score, bewertung, note, wertung, sterne",
    "remarks": "remarks, notes, note, comments, comment, bemerkung, bemerkungen, notizen,"
    " anmerkung, kommentar, collectionnotes",
    "media_condition": "mediacondition, condition, vinylcondition, recordcondition,"
    " collectionmediacondition, zustand, plattenzustand, zustandplatte",
    "sleeve_condition": "sleevecondition, covercondition, collectionsleevecondition,"
    " coverzustand, hüllenzustand, zustandcover",
    "folder": "folder, collectionfolder, location, shelf, ordner, standort, regal, fach",
    "review": "review, rezension, kritik",
    "is_digitised": "isdigitized, isdigitised, digitized, digitised, digitalisiert, ripped",
    "discogs_id": "discogsid, releaseid, discogsreleaseid, discogs",
}
FIELDS = tuple(_CALLED)


class Columns(BaseModel):
    """For each field the number of its column, from 0; and how its cells are to be read."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    title: int = Field(ge=0, lt=MOST_COLUMNS, description="Say which column is the title.")
    artists: _Column = None
    countries: _Column = None
    labels: _Column = None
    year: _Column = None
    genre: _Column = None
    format: _Column = None
    colour: _Column = None
    edition: _Column = None
    copy_number: _Column = None
    catalogue_number: _Column = None
    barcode: _Column = None
    purchased_on: _Column = None
    price: _Column = None
    rating: _Column = None
    remarks: _Column = None
    media_condition: _Column = None
    sleeve_condition: _Column = None
    folder: _Column = None
    review: _Column = None
    is_digitised: _Column = None
    discogs_id: _Column = None
    scale: Literal["5", "10", "100"] = Field("10", description="Ratings go up to 5, 10 or 100.")
    no_date: Day | None = Field(
        None, description="A day like 2026-11-24 for records without one; empty: today."
    )


def bare(name: str) -> str:
    """Return a column's name as names are compared: R writes Date.Added for Date Added."""
    return "".join(letter for letter in fold(name) if letter.isalnum())


def guessed(names: Sequence[str]) -> dict[str, int]:
    """Return which field each column is likely to be; none is two.

    >>> guessed(["Interpret", "Titel", "Jahr"])
    {'title': 1, 'artists': 0, 'year': 2}
    """
    at: dict[str, int] = {}
    for number, name in enumerate(names[:MOST_COLUMNS]):
        at.setdefault(bare(name), number)
    found: dict[str, int] = {}
    for field, called in _CALLED.items():
        for word in called.split(", "):
            if word in at and at[word] not in found.values():
                found[field] = at[word]
                break
    return found
