"""What a fake Spotify knows: music, and somebody's library in it; made up, the same each time."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

RANGES = ("short_term", "medium_term", "long_term")
_BEGAN = datetime(2019, 3, 1, 12, tzinfo=UTC)
_FIRST = ("Silver", "Slow", "Northern", "Paper", "Hidden", "Little", "Electric", "Golden")
_SECOND = ("Harbour", "Machine", "Orchard", "Signal", "Winter", "Garden", "Mirror", "Engine")
_GENRES = ("krautrock", "dub", "chamber pop", "techno", "free jazz")


@dataclass
class Artist:
    id: str
    name: str
    genres: list[str] = field(default_factory=list)
    followers: int = 1_000


@dataclass
class Album:
    """`released` is as precise as `precision` says: year, month or day."""

    id: str
    name: str
    artist_ids: list[str]
    kind: str = "album"
    released: str = "1972-11-29"
    precision: str = "day"
    label: str = "Spoon Records"
    track_ids: list[str] = field(default_factory=list)


@dataclass
class Track:
    id: str
    name: str
    artist_ids: list[str]
    album_id: str
    isrc: str | None
    ms: int = 200_000
    number: int = 1
    explicit: bool = False


class Local(NamedTuple):
    """A file of somebody's own among the tracks of a playlist."""

    artist: str
    title: str


class Episode(NamedTuple):
    id: str
    title: str


@dataclass
class Entry:
    """A row of a list: a track's id, one of the things that are none, or nothing at all."""

    thing: str | Local | Episode | None
    added_at: str | None
    added_by: str | None = None


@dataclass
class Playlist:
    """`is_hidden`: one of those that Spotify makes, and shows to no app."""

    id: str
    name: str
    owner_id: str
    entries: list[Entry | None] = field(default_factory=list)
    public: bool | None = True
    collaborative: bool = False
    description: str | None = ""
    has_image: bool = True
    is_hidden: bool = False
    changes: int = 1

    @property
    def snapshot(self) -> str:
        return f"AAAA{self.changes:04}{self.id[-8:]}"


class Catalogue:
    """All music that there is; any number of libraries may share it."""

    def __init__(self) -> None:
        self.artists: dict[str, Artist] = {}
        self.albums: dict[str, Album] = {}
        self.tracks: dict[str, Track] = {}
        self.features: dict[str, dict[str, float]] = {}
        self._artist_ids: dict[str, str] = {}
        self._album_ids: dict[tuple[str, str], str] = {}

    def artist(self, name: str) -> str:
        """Return the id of an artist, made if there is none of that name."""
        if name not in self._artist_ids:
            made = Artist(_id("art", len(self.artists)), name, [_GENRES[len(name) % 5]])
            self.artists[made.id] = made
            self._artist_ids[name] = made.id
        return self._artist_ids[name]

    def album(self, name: str, artist: str) -> str:
        """Return the id of an album, made if that artist has none of that name."""
        key = name, artist
        if key not in self._album_ids:
            made = Album(_id("alb", len(self.albums)), name, [self.artist(artist)])
            self.albums[made.id] = made
            self._album_ids[key] = made.id
        return self._album_ids[key]

    def track(  # noqa: PLR0913 - what a track is
        self,
        name: str,
        artist: str = "Can",
        album: str = "Ege Bamyasi",
        *,
        ms: int = 200_000,
        guests: Sequence[str] = (),
        features: dict[str, float] | None = None,
    ) -> str:
        """Make a track, at the end of its album; return its id."""
        number = len(self.tracks)
        album_id = self.album(album, artist)
        on = self.albums[album_id].track_ids
        by = [self.artist(one) for one in (artist, *guests)]
        # As codes were once written down here and there: in small letters.
        code = f"{'usab1' if number % 7 == 0 else 'USAB1'}{number:07}"
        made = Track(_id("trk", number), name, by, album_id, code, ms, len(on) + 1)
        self.tracks[made.id] = made
        on.append(made.id)
        if features is not None:
            self.features[made.id] = features
        return made.id


@dataclass
class Library:
    """Somebody's account. `owner_id` may change there, `account_id` does not."""

    owner_id: str = "ada.plays"
    owner_name: str = "Ada"
    account_id: str | None = "account0ada"
    product: str | None = "premium"
    catalogue: Catalogue = field(default_factory=Catalogue)
    playlists: dict[str, Playlist] = field(default_factory=dict)
    liked: list[Entry | None] = field(default_factory=list)
    saved: list[Entry | None] = field(default_factory=list)  # things are albums
    followed: list[str] = field(default_factory=list)
    recent: list[tuple[str, int]] = field(default_factory=list)  # a track, a moment in ms
    top_tracks: dict[str, list[str]] = field(default_factory=dict)  # by one of RANGES
    top_artists: dict[str, list[str]] = field(default_factory=dict)
    shows: int = 0

    def track(self, name: str, artist: str = "Can", album: str = "Ege Bamyasi") -> str:
        """Make a track of the catalogue, which nobody has yet; return its id."""
        return self.catalogue.track(name, artist, album)

    def playlist(
        self,
        name: str,
        things: Sequence[str | Local | Episode | None] = (),
        *,
        owner_id: str | None = None,
        public: bool | None = True,
        collaborative: bool = False,
    ) -> str:
        """Let the account have a playlist, its own if it is nobody else's; return its id."""
        owner_id = owner_id or self.owner_id
        made = Playlist(_id("lst", len(self.playlists), self.owner_id), name, owner_id)
        made.public, made.collaborative = public, collaborative
        self.playlists[made.id] = made
        made.entries = list(_rows(things, owner_id))
        return made.id

    def fill(self, playlist_id: str, things: Sequence[str | Local | Episode | None]) -> None:
        """Let other things stand in a playlist; its snapshot is another one from now on."""
        playlist = self.playlists[playlist_id]
        playlist.entries = list(_rows(things, playlist.owner_id))
        playlist.changes += 1

    def like(self, *track_ids: str) -> None:
        """Like tracks; the last one stands first."""
        for track_id in track_ids:
            self.liked.insert(0, Entry(track_id, _added(len(self.liked))))

    def save(self, *album_ids: str) -> None:
        """Save albums; the last one stands first."""
        for album_id in album_ids:
            self.saved.insert(0, Entry(album_id, _added(len(self.saved))))

    def follow(self, *artist_ids: str) -> None:
        self.followed.extend(artist_ids)

    def play(self, track_id: str, at: int) -> None:
        """Play a track; `at` is a moment in ms."""
        self.recent.append((track_id, at))
        self.recent.sort(key=lambda play: -play[1])


def _rows(things: Sequence[str | Local | Episode | None], by: str) -> Iterator[Entry | None]:
    for number, thing in enumerate(things):
        yield Entry(thing, _added(number), by)


def _added(number: int) -> str:
    return (_BEGAN + timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _id(kind: str, number: int, whose: str = "") -> str:
    # 22 letters and figures, as the real ones have.
    salt = sum(map(ord, whose)) % 1_000
    return f"{kind}{salt:03}{number:016}"


def small() -> Library:
    """Return a library with a little of everything that occurs."""
    made = Library()
    songs = [
        made.track(name) for name in ("Pinch", "Sing Swan Song", "One More Night", "Vitamin C")
    ]
    others = [made.track(f"Song {number}", "Neu!", "Neu! 75") for number in range(1, 7)]
    guest = made.catalogue.track("Together", "Neu!", "Neu! 75", guests=["Can"])
    made.playlist("Morning", songs)
    odd = [songs[0], Local("Fugees", "No Woman, No Cry"), None, Episode("epi1", "A talk"), guest]
    made.playlist("Odds & ends", odd, public=False)
    made.playlist("Of a friend", others, owner_id="ben.plays")
    made.playlist("With a friend", others[:2], owner_id="ben.plays", collaborative=True)
    made.playlist("Empty", public=None)
    made.like(*songs[:3], *others)
    made.save(*made.catalogue.albums)
    made.follow(*made.catalogue.artists)
    for number, song in enumerate((*songs, *others)):
        made.play(song, 1_780_000_000_000 + number * 300_000)
    for span in RANGES:
        made.top_tracks[span] = [*others, *songs]
        made.top_artists[span] = list(made.catalogue.artists)
    for number, song in enumerate(songs):
        made.catalogue.features[song] = sounds(number)
    return made


def large(playlists: int = 200, tracks: int = 12_000, seed: int = 1) -> Library:
    """Return a library of that many tracks, each of which stands in a playlist at least once."""
    chance, made = random.Random(seed), Library()
    ids = []
    for number in range(tracks):
        of, album = number // 40, number // 10
        name = f"{_FIRST[of % 8]} {_SECOND[of // 8 % 8]} {of}"
        title = f"{_SECOND[number % 8]} {number}"
        ids.append(made.catalogue.track(title, name, f"Album {album}", ms=120_000 + number % 997))
        if number % 2:
            made.catalogue.features[ids[-1]] = sounds(number)
    share = -(-tracks // playlists)
    for number in range(playlists):
        own = ids[number * share : (number + 1) * share]
        made.playlist(f"Playlist {number}", [*own, *chance.sample(ids, min(5, tracks))])
    made.like(*chance.sample(ids, tracks // 10))
    made.save(*chance.sample(list(made.catalogue.albums), len(made.catalogue.albums) // 10))
    made.follow(*chance.sample(list(made.catalogue.artists), len(made.catalogue.artists) // 2))
    for span in RANGES:
        made.top_tracks[span] = chance.sample(ids, min(99, tracks))
        made.top_artists[span] = list(made.catalogue.artists)[:99]
    return made


def sounds(number: int) -> dict[str, float]:
    """Return how a track sounds, in Spotify's words; another way for another number."""
    chance = random.Random(number)
    units = ("danceability", "energy", "speechiness", "acousticness", "instrumentalness")
    told: dict[str, float] = {
        name: round(chance.random(), 3) for name in (*units, "liveness", "valence")
    }
    told |= {"key": chance.randrange(-1, 12), "mode": chance.randrange(2), "time_signature": 4}
    return told | {
        "loudness": round(chance.uniform(-30, 1), 3),
        "tempo": round(chance.uniform(60, 200), 3),
    }
