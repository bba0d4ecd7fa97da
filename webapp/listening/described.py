"""What scripts are told of listening: its pages' tables, histories brought, covers, relays."""

from typing import Any

from database.children import NewChild, NewRoute
from database.play_choices import Choice
from database.play_corrections import Said
from database.play_lists import Wanted
from database.play_recount import Counting, Seen
from database.play_spins import Spin
from webapp.describing import Area, Before, Binary, Operation, PutIn, ordered
from webapp.listening import shapes as told
from webapp.listening.artist import Genres
from webapp.listening.bring import Import
from webapp.listening.shelf import Same

_HISTORY = {"export": "What Spotify, Last.fm, ListenBrainz or another gave you; at most 40 MB."}
_COVER = {"cover": "JPEG, PNG or WebP, at most 15 MB."}
_ANSWER = {200: (told.Tables, Binary("text/csv"))}


def _page(summary: str, query: Any = told.Asked) -> Operation:
    return Operation(summary, _ANSWER, (403, 404), query)


def _corrected(summary: str, fails: tuple[int, ...] = (403,), *, body: Any = None) -> Operation:
    """Describe what is done at once, or by a task where it is too much for that."""
    return Operation(summary, {200: told.Done, 202: PutIn}, (*fails, 429), body=body)


_PAGES = {
    "listening.index": _page("Totals, tops, when, and the last plays"),
    "listening.tops": _page("Artists, albums or tracks played most", told.Part),
    "listening.artist": _page("An artist"),
    "listening.album": _page("An album"),
    "listening.track": _page("A track"),
    "listening.plays": _page("Single plays, the newest first", Wanted),
    "listening.years": _page("Year by year"),
    "listening.year": _page("A year in review"),
    "listening.discovery": _page("What was new"),
    "listening.household": _page("The household, and who listens to what"),
    "listening.how": _page("Skips, players and places"),
    "listening.shelf": _page("Records beside what was played", told.Shelf),
    "listening.record": _page("Which albums a record is", told.Search),
    "listening.search": _page("Artists, albums and tracks by their names", told.Search),
    "listening.why": Operation(
        "Why a number is what it is", {200: told.Why}, (403, 404), told.OfWhat
    ),
}
_CORRECTIONS = {
    "listening.set_genres": Operation(
        "Say which genres an artist is of", {200: told.ArtistGenres}, (403,), body=Genres
    ),
    "listening.say_album": Operation(
        "Say whether a record is an album", {200: told.RecordPage}, (403,), body=Same
    ),
    "listening.edits": Operation("Your corrections", {200: told.Edits}, query=Before),
    "listening.undo_edit": _corrected("Take a correction back", (409,)),
    "listening.put_in_play": _corrected("Add a play", body=Said),
    "listening.change_play": _corrected("Correct a play", (403, 409), body=Said),
    "listening.delete_play": _corrected("Delete a play", (403, 409)),
    "listening.say_not_me": _corrected("Say that plays were not yours", (403, 404), body=Choice),
    "listening.say_same": _corrected("Say which one something is", (403, 409), body=told.Into),
    "listening.log_spin": _corrected("Log that a record was played", body=Spin),
    "listening.counting": Operation(
        "What counts, and who sees it",
        {200: told.CountingNow},
        (403, 404),
        told.WhoseCounted,
    ),
    "listening.set_counting": _corrected("Choose what counts", (403, 404), body=Counting),
    "listening.try_counting": ordered("Count by each rule", (403, 404), body=told.Whose),
    "listening.set_seen": _corrected("Choose who sees it", (403, 404), body=Seen),
    "listening.children": Operation("Profiles of children", {200: told.Children}),
    "listening.add_child": Operation("Make one", {200: told.ChildPage}, (403, 404), body=NewChild),
    "listening.add_route": Operation(
        "Let plays go there", {200: told.ChildPage}, (403,), body=NewRoute
    ),
    "listening.remove_route": Operation("Let them stay", {200: told.ChildPage}, (403,)),
    "listening.remove_child": ordered("Take one away", (403,), body=told.GivingBack),
}
_BROUGHT = {
    "listening.export_zip": Operation(
        "Everything, as an import reads it",
        {200: Binary("application/zip")},
        (403, 404),
        told.Whose,
    ),
    "listening.export_maloja": Operation(
        "What counts, as Maloja reads it", {200: told.AsMaloja}, (403, 404), told.Whose
    ),
    "listening.take": ordered("Bring a history of plays", body=Import, files=_HISTORY),
    "listening.brought": Operation("What an import did", {200: told.Brought, 303: None}),
    "listening.bring_now": ordered("Bring what was looked at", (409,)),
    "listening.imports": Operation("What was brought so far", {200: told.Histories}, query=Before),
    "listening.undo": ordered("Take an import back", (409,)),
    "listening.album_cover": Operation("An album's cover", {200: Binary("image/jpeg")}),
    "listening.replace_album_cover": ordered("Show a cover of your own", files=_COVER),
    "listening.remove_album_cover": Operation("Show no cover", {200: told.AlbumPage}),
    "listening.look_for_album_cover": ordered("Look for an album's cover"),
    "listening.look_for_album_covers": ordered("Look for the covers of what you play most"),
    "listening.relay": Operation("Where your plays are sent on to", {200: told.Relays}),
    "listening.link_relay": ordered("Send your plays on", body=told.Linking),
    "listening.unlink_relay": Operation("Send them on no more", {200: told.Relays}),
}

AREA = Area(
    "Listening",
    "What was played: the tables of each page, histories that are brought, corrections, covers.",
    {**_PAGES, **_CORRECTIONS, **_BROUGHT},
)
