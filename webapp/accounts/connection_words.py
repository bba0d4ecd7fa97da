"""What the page “Connections” says of each provider. Values in, values out."""

from typing import NamedTuple

from core.consents import GOOGLE, SPOTIFY

_SCOPES = {
    "user-read-private": "read whose account it is",
    "playlist-read-private": "read your private playlists",
    "playlist-read-collaborative": "read playlists that you make with others",
    "user-library-read": "read the songs and albums that you saved",
    "user-follow-read": "read which artists you follow",
    "user-read-recently-played": "read what you played last",
    "user-top-read": "read what you play most",
    "playlist-modify-private": "change your private playlists",
    "playlist-modify-public": "change your public playlists",
    "https://www.googleapis.com/auth/youtube": "see and change your playlists at YouTube",
}


class Words(NamedTuple):
    """`brings`: what connecting is good for; `read`, `leaves`: what comes in, and what goes out."""

    brings: str
    read: str
    leaves: str
    apps: str  # where a person takes consent back
    apps_name: str


WORDS = {
    SPOTIFY: Words(
        brings="Your playlists, saved songs and albums, followed artists and last plays come here, "
        "and are yours to search, count and keep.",
        read="Your name there, playlists with their tracks, saved songs and albums, followed "
        "artists, the last 50 plays, and what you play most.",
        leaves="Nothing of what is kept here, unless you have a playlist made or described: then "
        "its name, its words and its tracks.",
        apps="https://www.spotify.com/account/apps/",
        apps_name="spotify.com/account/apps",
    ),
    GOOGLE: Words(
        brings="What you dug up in the crates becomes a private playlist of yours at YouTube.",
        read="The name of your channel, the titles of your playlists there, and what is on those "
        "that are filled from here.",
        leaves="The names of those playlists, and which videos stand on them.",
        apps="https://myaccount.google.com/connections",
        apps_name="myaccount.google.com/connections",
    ),
}


def may(scopes: tuple[str, ...]) -> list[str]:
    """Say in words what somebody has allowed; a scope that is not known is shown as it came."""
    return [_SCOPES.get(scope, scope) for scope in scopes]
