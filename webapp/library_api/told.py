"""How playlists, albums, tracks and artists are told in JSON."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from flask import url_for

from core.library import Features
from database.analyses import Shown
from database.feature_winners import Known
from database.library_lists import AlbumItem, ArtistItem, OnAlbum, Page, PlaylistItem
from database.library_rows import Credit, Row

Json = dict[str, Any]

_SPOTIFY = "https://open.spotify.com"
_OTHERWISE = {"pitch_class": "key"}  # by the name that the contract has for it


def playlist(one: PlaylistItem) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "spotify_id": one.spotify_id,
        "num_tracks": one.num_tracks,
        "is_synced": one.is_synced,
        "is_analyzed": one.is_analyzed,
        "description": one.description,
        "owner_id": one.owner_id,
        "owner_name": one.owner_name,
        "version": one.version,
        "image_url": _image("playlists", one.id, one.image_sha256),
        "public": one.is_public,
        "shared": one.is_collaborative,
        "synced_at": one.synced_at,
        "skipped": one.skipped,
        "problem": one.problem,
    }


def album(one: AlbumItem, tracks: Sequence[OnAlbum]) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "artists": _artists(one.artists),
        "spotify_id": one.spotify_id,
        "release_year": one.release_year,
        "tracks": [track._asdict() for track in tracks],
        "image_url": _image("albums", one.id, one.image_sha256),
        "is_synced": one.is_synced,
        "is_analyzed": one.is_analyzed,
        "is_saved": one.is_saved,
        "album_type": one.kind,
        "label": one.label,
        "copyright": one.copyright,
        "genres": one.genres,
        "synced_at": one.synced_at,
    }


def track(one: Row, known: Mapping[int, Known]) -> Json:
    """Tell a track; `known`: what is believed of how tracks sound, by their ids."""
    said = known.get(one.id)
    return {
        "id": one.id,
        "name": one.name,
        "spotify_id": one.spotify_id,
        "duration": one.duration_ms,
        "spotify_url": f"{_SPOTIFY}/track/{one.spotify_id}" if one.spotify_id else None,
        "album_id": one.album_id,
        "album_name": one.album,
        "album_art": _image("albums", one.album_id, one.image_sha256),
        "artists": _artists(one.artists),
        "isrc": one.isrc,
        "is_synced": one.duration_ms is not None,
        "is_analyzed": one.has_features,
        "features": features(said),
        "sources": _sources(said),
    }


def listed_track(one: Row) -> Json:
    """Tell a track in a list that says nothing of how it sounds."""
    said = track(one, {})
    return {name: value for name, value in said.items() if name not in ("features", "sources")}


def features(known: Known | None) -> Json | None:
    """Tell how a track sounds; None where nobody says anything of it."""
    if known is None or not known.sources:
        return None
    return {_OTHERWISE.get(name, name): getattr(known.features, name) for name in Features._fields}


def _sources(known: Known | None) -> Json:
    said = known.sources if known else {}
    return {_OTHERWISE.get(name, name): source for name, source in said.items()}


def artist(one: ArtistItem) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "spotify_id": one.spotify_id,
        "genres": one.genres,
        "followers": one.followers,
        "image_url": _image("artists", one.id, one.image_sha256),
        "is_synced": one.is_synced,
        "is_followed": one.is_followed,
    }


def computations(shown: Shown | None) -> Json | None:
    """Tell what was last worked out of something."""
    return None if shown is None else shown.data.model_dump(mode="json")


def pagination(page: Page, total: int) -> Json:
    return {
        "total": total,
        "per_page": page.limit,
        "page": page.skip // page.limit + 1,
        "num_pages": ceil(total / page.limit),
    }


def _artists(credited: Sequence[Credit]) -> list[Json]:
    return [one._asdict() for one in credited]


def _image(kind: str, item_id: int | None, sha256: str | None) -> str | None:
    if sha256 is None:
        return None
    return url_for("library.image", kind=kind, item_id=item_id, v=sha256[:12])
