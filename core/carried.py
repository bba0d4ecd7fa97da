"""What a history that was taken along tells beside its plays: names, settings, corrections.

The export writes it, the import reads it, and the database puts it back.
"""

from typing import NamedTuple

from core.plays import Mark, Named

VERSION = 1


class ListenerSaid(NamedTuple):
    """How plays are counted, and who sees them."""

    rule: str
    is_joint: bool
    is_shared: bool


class ArtistSaid(NamedTuple):
    """`counts_as`: the name of the artist that this one is another spelling of, or ""."""

    name: str
    counts_as: str = ""
    country: str = ""
    musicbrainz_id: str = ""
    spotify_id: str = ""
    genres: tuple[str, ...] = ()


class AlbumSaid(NamedTuple):
    """`counts_as`: credit and title of the album that this one is another spelling of."""

    title: str
    credit: str
    counts_as: tuple[str, str] | None = None
    musicbrainz_id: str = ""
    spotify_id: str = ""


class TrackSaid(NamedTuple):
    """`number` is what the file calls it by, and `counts_as` the number of another."""

    number: int
    named: Named
    counts_as: int | None = None
    duration_ms: int | None = None
    ids: tuple[tuple[str, str], ...] = ()


class EditSaid(NamedTuple):
    """A correction, by which marks may be taken back."""

    number: int
    public_id: str
    kind: str
    said: str
    plays: int
    created_at: int


class MarkSaid(NamedTuple):
    """What was corrected of a play, by the numbers of edits."""

    row_key: int
    mark: Mark | None = None
    marked_by: int | None = None
    made_by: int | None = None


Carried = ListenerSaid | ArtistSaid | AlbumSaid | TrackSaid | EditSaid | MarkSaid
BEFORE_PLAYS = (ListenerSaid, ArtistSaid, AlbumSaid, TrackSaid, EditSaid)
KINDS = (*BEFORE_PLAYS, MarkSaid)
