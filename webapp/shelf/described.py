"""What scripts are told of the shelf."""

from database.artists import About
from database.record_details import Deletion, Details, Purchase, Rated, Reactivation, Removal
from database.record_filters import Filter
from database.record_sound_pages import Wanted
from database.shelf_columns import Columns
from database.shelves import Rules
from webapp.describing import Area, Before, Binary, Operation, ordered
from webapp.shelf import shapes as told
from webapp.shelf.bring import Import
from webapp.shelf.discogs import Bringing, Linking
from webapp.shelf.figures import Asked
from webapp.shelf.releases import Link, Search
from webapp.shelf.restore import Replace, Reset, Restore
from webapp.shelf.sound import Chosen, Try

_CSV, _JPEG, _ZIP = Binary("text/csv"), Binary("image/jpeg"), Binary("application/zip")
_TABLE = {"export": "A table, csv, as Discogs or a spreadsheet saves it; at most 40 MB."}
_SHELF = {"export": "The zip that a shelf was exported as."}
_COVER = {"cover": "JPEG, PNG or WebP, at most 15 MB."}

_RECORDS = {
    "shelf.index": Operation("The records that are asked for", {200: told.Records}, query=Filter),
    "shelf.records_json": Operation("The same", {200: told.Records}, query=Filter),
    "shelf.records_csv": Operation("The same as a table", {200: _CSV}, query=Filter),
    "shelf.buy": Operation("Buy a record", {201: told.RecordPage}, (409,), body=Purchase),
    "shelf.record": Operation("One record, on whomever's shelf", {200: told.Record}),
    "shelf.edit": Operation(
        "Correct a record: what is left out stays",
        {200: told.RecordPage},
        body=Details,
        is_partial=True,
    ),
    "shelf.rate": Operation("Rate a record", {200: told.RecordPage}, body=Rated),
    "shelf.forget_rating": Operation("Delete a rating", {200: told.RecordPage}),
    "shelf.toggle_favourite": Operation(
        "Mark a song as a favourite, or no longer", {200: told.RecordPage}
    ),
    "shelf.remove": Operation("Part with a record", {200: told.RecordPage}, (409,), body=Removal),
    "shelf.reactivate": Operation(
        "Take a record back", {200: told.RecordPage}, (409,), body=Reactivation
    ),
    "shelf.delete": Operation(
        "Delete a record that was a mistake", {200: told.RecordPage}, (409,), body=Deletion
    ),
    "shelf.change_artist": Operation(
        "Correct an artist, for the household", {200: told.ArtistPage}, (409,), body=About
    ),
    "shelf.cover": Operation("A record's cover", {200: _JPEG}),
    "shelf.replace_cover": ordered("Show a cover of your own", files=_COVER),
    "shelf.remove_cover": Operation("Show no cover", {200: told.RecordPage}),
    "shelf.look_for_cover": ordered("Look for a record's cover"),
    "shelf.look_for_covers": ordered("Look for all covers that are missing"),
}
_ABOUT_THEM = {
    "shelf.of_the_day": Operation("The record of the day, and why it is", {200: told.OfTheDay}),
    "shelf.another": Operation("Pass it by for another one", {200: told.OfTheDay}, body=told.Nth),
    "shelf.stats": Operation(
        "Figures of the active records", {200: told.Figures}, (404,), query=Asked
    ),
    "shelf.show_credits": Operation(
        "The balance, how credits come, the newest lines",
        {200: told.Credits},
        (403, 404),
        query=told.Whose,
    ),
    "shelf.all_credits": Operation(
        "Fifty lines of the ledger", {200: told.Lines}, (403, 404), query=told.Older
    ),
    "shelf.settle_rules": Operation(
        "Settle how credits come", {200: told.Settled}, (404,), query=told.Whose, body=Rules
    ),
}
_SOUND = {
    "shelf.sounds": Operation(
        "How your active records sound", {200: told.Sounds}, query=told.ForSounds
    ),
    "shelf.sounds_csv": Operation("All of them as a table", {200: _CSV}, query=Wanted),
    "shelf.try_sounds": ordered("Find out how your records sound", body=Try),
    "shelf.say_which": Operation(
        "Say which album of the library a record is",
        {200: told.RecordPage},
        (429,),
        body=Chosen,
    ),
}
_IN_AND_OUT = {
    "shelf.take": ordered("Bring a table of records", body=Import, files=_TABLE),
    "shelf.brought": Operation(
        "What an import did, or which columns a table has", {200: told.Import, 303: None}
    ),
    "shelf.choose": ordered("Say which column is what", (409,), body=Columns),
    "shelf.bring_now": ordered("Bring what was looked at", (409,)),
    "shelf.imports": Operation("What was brought so far", {200: told.Imports}, query=Before),
    "shelf.undo": ordered("Take an import back", (409,)),
    "shelf.export_json": Operation("Everything of your shelf", {200: told.Export}),
    "shelf.export_zip": Operation("The same as a zip", {200: _ZIP}, query=told.WithCovers),
    "shelf.look_into": ordered("Look into the zip of a shelf", body=Restore, files=_SHELF),
    "shelf.restored": Operation(
        "What is in a zip and what would go, or what has gone", {200: told.Restored, 303: None}
    ),
    "shelf.replace": ordered("Put that shelf in the place of yours", (409,), body=Replace),
    "shelf.reset": ordered("Empty your shelf", body=Reset),
    "shelf.kept_export": Operation("An export that was kept", {200: _ZIP}),
    "shelf.delete_export": Operation("Delete a kept export", {200: told.Deleted}),
}
_AT_DISCOGS = {
    "shelf.discogs": Operation("Your account at Discogs", {200: told.Account}),
    "shelf.link_discogs": ordered("Link your account at Discogs", body=Linking),
    "shelf.unlink_discogs": Operation("Unlink it", {200: told.Account}),
    "shelf.bring_collection": ordered("Bring the collection there", (409,), body=Bringing),
    "shelf.find_releases": ordered("Look for releases", body=Search),
    "shelf.find_release": ordered("Look for the release of a record"),
    "shelf.releases": Operation(
        "The releases that a task has found", {200: told.Releases}, (403, 404), query=told.Found
    ),
    "shelf.link_release": ordered("Say which release a record is", body=Link),
}

AREA = Area(
    "Shelf",
    "A collection of records, with credits, ratings and the record of the day.",
    {**_RECORDS, **_ABOUT_THEM, **_SOUND, **_IN_AND_OUT, **_AT_DISCOGS},
)
