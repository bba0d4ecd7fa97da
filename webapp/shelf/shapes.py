"""The shapes in which scripts are told of the shelf. Types alone."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from database.record_sound_pages import Wanted
from webapp.describing import LARGEST, Part

Day = Annotated[str, Field(description="A day like 2026-11-24.")]
Moment = Annotated[int, Field(description="Milliseconds since 1970, UTC.")]
Rating = Annotated[int | None, Field(description="1 to 10; null: not rated.")]
Price = Annotated[float | None, Field(description="In whole units of the currency.")]


class RecordRow(TypedDict):
    """A record in a list; several artists or labels stand in one text."""

    id: int
    artist: str
    title: str
    label: str
    genre: str
    year: int | None
    format: str
    colour: str | None
    edition: str | None
    copy_number: str | None
    remarks: str | None
    purchased_on: Day
    price: Price
    currency: str
    rating: Rating
    is_digitised: bool
    is_active: bool
    removed_on: Day | None


class Records(TypedDict):
    records: list[RecordRow]


class RecordPage(TypedDict):
    """The record, and where to go on."""

    record: int
    url: str


class ArtistPage(TypedDict):
    artist: int
    url: str


class Artist(TypedDict):
    id: int
    name: str
    country: str | None


class Song(TypedDict):
    seq: int
    position: str | None
    title: str
    seconds: int | None
    is_favourite: bool


class Given(TypedDict):
    id: int
    value: int
    rated_on: Day


class CausedLine(TypedDict):
    """A line of the ledger that a record caused."""

    id: int
    booked_on: Day
    kind: str
    value: int


class Features(TypedDict):
    """What the tracks of an album have in common: the first seven from 0 to 1.

    `loudness` in dB, `tempo` in beats a minute, `key` 0 (C) to 11, `mode` 1 for major.
    """

    danceability: float | None
    energy: float | None
    speechiness: float | None
    acousticness: float | None
    instrumentalness: float | None
    liveness: float | None
    valence: float | None
    loudness: float | None
    tempo: float | None
    key: int | None
    mode: int | None
    time_signature: int | None
    duration_ms: int | None


class RecordSound(TypedDict):
    """How a record sounds, and which album of the library it was taken for.

    `is_said`: a person said so. `tracks`: of how many it tells; `left_out`: how many of its
    tracks were unlike the others. `tried_at` null: it is tried with the next task.
    """

    record_id: int
    artist: str
    title: str
    year: int | None
    state: Literal["sounds", "silent", "not_found", "none"]
    is_said: bool
    album_id: int | None
    album: str | None
    tracks: int
    left_out: int
    tried_at: Moment | None
    features: Features


class SoundCounts(TypedDict):
    """How many active records there are; those not found are also those of which nobody knows."""

    records: int
    sounds: int
    not_found: int
    untried: int


class SoundSummary(TypedDict):
    """What came of trying the whole shelf."""

    total: int
    loaded: int
    unchanged: int
    not_found: int
    seconds: float
    problems: list[str]
    is_whole_shelf: bool
    result_url: str


class Sounds(TypedDict):
    """`last`: of the last time that all were tried. `more`: the next page."""

    records: list[RecordSound]
    counts: SoundCounts
    last: SoundSummary | None
    more: int | None


class ForSounds(Wanted):
    page: Annotated[int, Field(ge=1, le=1_000_000, description="A page of 50.")] = 1


class Record(TypedDict):
    """All that is known of a record; `previous` and `next` stand beside it on the shelf."""

    record: int
    owner: str
    title: str
    year: int | None
    genre: str
    format: str
    colour: str | None
    edition: str | None
    copy_number: str | None
    catalogue_number: str | None
    barcode: str | None
    remarks: str | None
    media_condition: str | None
    sleeve_condition: str | None
    folder: str | None
    purchased_on: Day
    currency: str
    review: str | None
    is_digitised: bool
    is_active: bool
    removed_on: Day | None
    discogs_id: int | None
    musicbrainz_id: str | None
    rating: Rating
    price: Price
    artists: list[Artist]
    labels: list[str]
    songs: list[Song]
    ratings: list[Given]
    credits: list[CausedLine]
    sound: RecordSound | None
    previous: int | None
    next: int | None


class DaysRecord(TypedDict):
    id: int
    title: str
    artist: str
    year: int | None
    format: str
    genre: str
    rating: Rating
    url: str


class OfTheDay(TypedDict):
    """The `nth` record of that day; null before the first record is on the shelf."""

    day: Day
    nth: int | None
    record: DaysRecord | None
    reason: str | None


class Nth(TypedDict):
    nth: NotRequired[Annotated[int, Field(description="Which one is passed by; default: this.")]]


class Rated(TypedDict):
    rating: int
    records: int
    share: Annotated[float, Field(description="In per cent.")]


class Best(TypedDict):
    id: int
    title: str
    artist: str
    year: int | None
    rating: int
    purchased_on: Day


class Spent(TypedDict):
    year: str
    currency: str
    records: int
    paid: Annotated[str, Field(description="Like 20.00.")]


class Group(TypedDict):
    name: str
    records: int
    id: int | None


class Figures(TypedDict):
    """With `by`, only `records` and the groups of that name."""

    records: int
    unrated: NotRequired[int]
    ratings: NotRequired[list[Rated]]
    top: NotRequired[list[Best]]
    spent: NotRequired[list[Spent]]
    genre: NotRequired[list[Group]]
    format: NotRequired[list[Group]]
    decade: NotRequired[list[Group]]
    label: NotRequired[list[Group]]
    artist: NotRequired[list[Group]]
    country: NotRequired[list[Group]]


class Settled(TypedDict):
    credits_from: Day
    interval_days: int
    currency: str


class Coming(Settled):
    next_credit_on: Day
    due: int


class Line(TypedDict):
    """A line of the ledger with the balance after it."""

    id: int
    booked_on: Day
    kind: str
    value: int
    balance: int
    record_id: int | None
    record_text: str | None
    created_at: Moment


class Credits(TypedDict):
    balance: int
    rules: Coming | None
    lines: list[Line]


class Lines(TypedDict):
    """The newest first; `before` leads to the older ones."""

    count: int
    lines: list[Line]
    before: int | None


class Whose(TypedDict):
    whose: NotRequired[
        Annotated[int, Field(ge=1, le=LARGEST, description="Whose they are, to an admin.")]
    ]


class Older(Whose):
    before: NotRequired[Annotated[int, Field(ge=1, le=LARGEST, description="The older lines.")]]


class Ask(TypedDict):
    """A table of which it is first to be said which column is what."""

    names: list[str]
    samples: list[list[str]]
    likely: dict[str, Any]


class Import(TypedDict):
    """What became of the rows; or `ask`, where the columns are to be told first."""

    added: NotRequired[int]
    changed: NotRequired[int]
    same: NotRequired[int]
    skipped: NotRequired[int]
    parts: NotRequired[list[Part]]
    problems: NotRequired[list[str]]
    more_problems: NotRequired[int]
    ask: NotRequired[Ask]
    dry_run: NotRequired[bool]
    is_begun_again: NotRequired[bool]
    result_url: NotRequired[str]


Brought = TypedDict(
    "Brought",
    {
        "import": str,
        "source": str,
        "file_name": str,
        "counts": dict[str, Any] | None,
        "created_at": Moment,
        "undone_at": Moment | None,
    },
)


class Imports(TypedDict):
    """The newest first; `before` leads to the older ones."""

    imports: list[Brought]
    before: int | None


class Export(TypedDict):
    """A list a table, with the columns of the zip's tables."""

    records: list[dict[str, Any]]
    credit_trx: list[dict[str, Any]]
    ratings: list[dict[str, Any]]
    songs: list[dict[str, Any]]
    turns: list[dict[str, Any]]
    origins: list[dict[str, Any]]
    shelf: list[dict[str, Any]]


class WithCovers(TypedDict):
    covers: NotRequired[Annotated[Literal["1"], Field(description="With the covers.")]]


class Gone(TypedDict):
    records: int
    ratings: int
    songs: int
    credits: int
    balance: int
    changed_at: Moment


class Restored(TypedDict):
    """What goes or has gone, and of a zip what is in it."""

    gone: Gone
    export: Annotated[str | None, Field(description="What was exported first.")]
    result_url: str
    dry_run: NotRequired[bool]
    counts: NotRequired[dict[str, Any]]
    balance: NotRequired[int]
    first: NotRequired[list[Any]]
    notes: NotRequired[list[str]]
    problems: NotRequired[list[str]]
    more_problems: NotRequired[int]


class Deleted(TypedDict):
    deleted: str


class Account(TypedDict):
    account: Annotated[str | None, Field(description="Its name; null: none is linked.")]


class Found(TypedDict):
    found: NotRequired[Annotated[str, Field(description="The id of the task that looked.")]]
    record: NotRequired[
        Annotated[int, Field(ge=1, le=LARGEST, description="The record it is for.")]
    ]


class Release(TypedDict):
    """A release of a record, as Discogs knows it."""

    discogs_id: int
    title: str
    artists: list[str]
    labels: list[str]
    catalogue_number: str | None
    barcode: str | None
    year: int | None
    country: str | None
    format: str | None
    genre: str | None
    cover_address: str | None
    owners: int | None
    details: str


class Releases(TypedDict):
    releases: list[Release]
