"""What may be asked of a mosaic, and what each choice is called: of films, records, albums."""

RECORDS, PLAYS = "records", "plays"  # sources
# In which sequence the posters stand: the key, "-" for downwards, and what that is called.
NEWEST_FIRST = "-watched"
LISTED = "listed"
SEQUENCES = {
    NEWEST_FIRST: "newest viewing first",
    "watched": "oldest viewing first",
    "-rating": "best rated first",
    "rating": "lowest rated first",
    "-year": "newest film first",
    "year": "oldest film first",
    "title": "by title, A to Z",
    "-title": "by title, Z to A",
    "spectrum": "by colour, a spectrum",
    "-spectrum": "by colour, a spectrum from the other end",
    "islands": "by colour, islands that melt into each other",
    "-islands": "by colour, the same islands mirrored",
    LISTED: "as the list has it",
    f"-{LISTED}": "as the list has it, from its end",
}
RECORD_SEQUENCES = {
    NEWEST_FIRST: "newest purchase first",
    "watched": "oldest purchase first",
    "-rating": "best rated first",
    "rating": "lowest rated first",
    "artist": "by artist, A to Z",
    "-artist": "by artist, Z to A",
    "-year": "newest record first",
    "year": "oldest record first",
    **{
        name: SEQUENCES[name]
        for name in ("title", "-title", "spectrum", "-spectrum", "islands", "-islands")
    },
}
MOST_PLAYED = "-plays"
PLAY_SEQUENCES = {
    MOST_PLAYED: "most played first",
    "plays": "least played first",
    **{name: RECORD_SEQUENCES[name] for name in ("artist", "-artist")},
    **{
        name: SEQUENCES[name]
        for name in ("title", "-title", "spectrum", "-spectrum", "islands", "-islands")
    },
}
LAYOUTS = {
    "sheet": "a sheet with stars, titles and directors",
    "wall": "a wall of posters and nothing else",
    "photo": "a picture made of posters",
}
RECORD_LAYOUTS = {
    "sheet": "a sheet with stars, titles and artists",
    "wall": "a wall of covers and nothing else",
    "photo": "a picture made of covers",
}
PLAY_LAYOUTS = RECORD_LAYOUTS | {"sheet": "a sheet with plays, titles and artists"}
GAPS = {"none": "no gap", "thin": "a thin gap", "wide": "a wide gap"}
GROUNDS = {
    "night": "dark as a cinema",
    "black": "black",
    "white": "white",
    "mean": "the mean colour of the posters",
}
RECORD_GROUNDS = GROUNDS | {"mean": "the mean colour of the covers"}


_SEQUENCES = {RECORDS: RECORD_SEQUENCES, PLAYS: PLAY_SEQUENCES}
_LAYOUTS = {RECORDS: RECORD_LAYOUTS, PLAYS: PLAY_LAYOUTS}
_THINGS = {RECORDS: "records", PLAYS: "albums"}


def sequences(source: str | None) -> dict[str, str]:
    """Return the sequences that there are for a source, and what each is called."""
    return _SEQUENCES.get(source or "", SEQUENCES)


def layouts(source: str | None) -> dict[str, str]:
    """Return the layouts, and what each is called where the pictures come from that source."""
    return _LAYOUTS.get(source or "", LAYOUTS)


def things(source: str | None) -> str:
    """Return what a mosaic of that source is of: "films", "records" or "albums"."""
    return _THINGS.get(source or "", "films")
