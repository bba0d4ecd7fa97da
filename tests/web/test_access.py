"""Who may go where: every route has its row here, and each row is tried as everybody."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from core import clock
from core.settings import Settings
from database import (
    children,
    digs,
    film_imports,
    film_marks,
    library_imports,
    mosaic_files,
    notifications,
    people,
    pictures,
    play_corrections,
    play_imports,
    record_covers,
    schedules,
    scrobble_sessions,
    sessions,
    shelf_imports,
    tasks,
    tokens,
)
from database.children import NewChild, NewRoute
from database.engine import Database
from database.film_imports import NewImport
from database.film_marks import Listing
from database.models import (
    Album,
    Artist,
    Film,
    Notification,
    Person,
    Play,
    PlayEdit,
    Playlist,
    Recipe,
    Track,
)
from database.mosaic_files import FilmIn, Made
from database.owner import Owner
from database.people import NewPerson
from database.play_corrections import Said
from database.schedules import Plan
from database.scrobble_sessions import Player
from database.sessions import Browser
from database.viewings import Seen
from tests import digging, factories, libraries, little_crates
from tests.digging import Pressing
from tests.web.conftest import HOME, PASSWORD, Visitor, house, member
from webapp.database import KEY, House

# open: everybody. mosaics: guests too, where GUEST_MOSAICS says so. member, admin: as they say.
# own: a member, of what is theirs; somebody else's is not there.
# player: told in the words of its protocol, by a token alone: no login in a browser counts.
# script: a member, asked in JSON alone: a guest is told so. theirs: own, asked so.
# secret: whoever knows it.
# shown: a member, of what is theirs; of somebody else's, which they see elsewhere, it is 403.
# A token does on each of them what its person may do, and is tried beside the browser.
ROWS = {
    "static": "open",
    "health.alive": "open",
    "health.ready": "open",
    "metrics.metrics": "admin",
    "security_txt.security_txt": "open",
    "accounts.login": "open",
    "accounts.enter": "open",
    "accounts.logout": "open",
    "accounts.setup": "open",
    "accounts.set_up": "open",
    "accounts.index": "member",
    "accounts.change": "member",
    "accounts.change_password": "member",
    "accounts.end_session": "own",
    "accounts.end_other_sessions": "member",
    "accounts.connections": "member",
    "accounts.connect": "member",
    "accounts.callback": "open",
    "accounts.paste": "member",
    "accounts.device": "member",
    "accounts.try_connection": "member",
    "accounts.disconnect": "member",
    "accounts.enter_with_spotify": "open",
    "accounts.add_token": "member",
    "accounts.remove_token": "own",
    "api.openapi": "script",
    "api.docs": "script",
    "admin.index": "admin",
    "admin.list_people": "admin",
    "admin.add": "admin",
    "admin.show": "admin",
    "admin.set_admin": "admin",
    "admin.ask_delete": "admin",
    "admin.delete": "admin",
    "admin.reset_password": "admin",
    "admin.toggle": "admin",
    "crates.index": "member",
    "crates.similar": "member",
    "crates.barcode": "member",
    "crates.values": "member",
    "crates.surprise": "member",
    "crates.release": "member",
    "crates.master": "member",
    "crates.artist": "member",
    "crates.label": "member",
    "crates.kept": "member",
    "crates.keep": "member",
    "crates.rename": "own",
    "crates.forget": "own",
    "crates.try_sample": "member",
    "crates_api.suggest": "script",
    "crates_api.values": "script",
    "crates_api.digs": "script",
    "crates_api.release": "script",
    "crates_api.master": "script",
    "crates_api.artist": "script",
    "crates_api.label": "script",
    "crates.basket": "member",
    "crates.add_releases": "member",
    "crates.add_dig": "member",
    "crates.choose": "member",
    "crates.choose_all": "member",
    "crates.cap": "member",
    "crates.take_out": "member",
    "crates.ask_empty": "member",
    "crates.empty": "member",
    "crates.check_videos": "member",
    "crates.play": "member",
    "crates.basket_m3u8": "member",
    "crates.basket_csv": "member",
    "crates.basket_txt": "member",
    "crates.basket_jspf": "member",
    "films.index": "member",
    "films.collection_csv": "member",
    "films.collection_json": "member",
    "films.export_csv": "member",
    "films.export_json": "member",
    "films.film": "own",
    "films.diary": "member",
    "films.month": "member",
    "films.watchlist": "member",
    "films.lists": "member",
    "films.show_list": "own",
    "films.ratings": "member",
    "films.years": "member",
    "films.rewatches": "member",
    "films.directors": "member",
    "films.poster": "own",
    "films.bring": "member",
    "films.take": "member",
    "films.brought": "own",
    "films.bring_now": "own",
    "films.imports": "member",
    "films.ask_undo": "own",
    "films.undo": "own",
    "films.repair": "own",
    "films.replace_poster": "own",
    "films.remove_poster": "own",
    "films.find_matches": "own",
    "films.look_again": "own",
    "films.look_for_all": "member",
    "films.settle": "member",
    "films.settle_film": "member",
    "films.settle_viewing": "member",
    "shelf.cover": "member",
    "shelf.change_cover": "shown",
    "shelf.replace_cover": "shown",
    "shelf.remove_cover": "shown",
    "shelf.look_for_cover": "shown",
    "shelf.covers": "member",
    "shelf.look_for_covers": "member",
    "shelf.add": "member",
    "shelf.buy": "member",
    "shelf.record": "member",
    "shelf.edit": "shown",
    "shelf.rate": "shown",
    "shelf.forget_rating": "shown",
    "shelf.toggle_favourite": "shown",
    "shelf.ask_remove": "shown",
    "shelf.remove": "shown",
    "shelf.ask_reactivate": "shown",
    "shelf.reactivate": "shown",
    "shelf.ask_delete": "shown",
    "shelf.delete": "shown",
    "shelf.records_csv": "member",
    "shelf.records_json": "member",
    "shelf.export_zip": "member",
    "shelf.export_json": "member",
    "shelf.restore": "member",
    "shelf.look_into": "member",
    "shelf.restored": "own",
    "shelf.replace": "own",
    "shelf.ask_reset": "member",
    "shelf.reset": "member",
    "shelf.kept_export": "own",
    "shelf.delete_export": "own",
    "mosaics.home": "mosaics",
    "mosaics.make": "mosaics",
    "mosaics.new": "mosaics",
    "mosaics.gallery": "member",
    "mosaics.show": "mosaics own",
    "mosaics.picture": "mosaics own",
    "mosaics.preview": "mosaics own",
    "mosaics.closer": "mosaics own",
    "mosaics.levels": "mosaics own",
    "mosaics.tile": "mosaics own",
    "mosaics.pdf": "mosaics own",
    "mosaics.again": "mosaics own",
    "mosaics.at_size": "mosaics own",
    "mosaics.share": "own",
    "mosaics.keep": "own",
    "mosaics.list_recipes": "member",
    "mosaics.make_recipe": "own",
    "mosaics.rename_recipe": "own",
    "mosaics.set_monthly": "own",
    "mosaics.ask_delete_recipe": "own",
    "mosaics.delete_recipe": "own",
    "mosaics.of_name": "mosaics own",
    "mosaics.ask_delete": "mosaics own",
    "mosaics.delete": "mosaics own",
    "insights.top_tracks": "script",
    "insights.household_top_tracks": "script",
    "insights.top_artists": "script",
    "insights.household_top_artists": "script",
    "insights.top_primary_artists": "script",
    "insights.household_top_primary_artists": "script",
    "insights.top_albums": "script",
    "insights.household_top_albums": "script",
    "insights.top_genres": "script",
    "insights.household_top_genres": "script",
    "insights.household_top_listeners": "script",
    "insights.listens": "script",
    "insights.household_listens": "script",
    "insights.listen_time": "script",
    "insights.household_listen_time": "script",
    "insights.distinct_tracks": "script",
    "insights.household_distinct_tracks": "script",
    "insights.distinct_artists": "script",
    "insights.household_distinct_artists": "script",
    "insights.distinct_primary_artists": "script",
    "insights.household_distinct_primary_artists": "script",
    "insights.size": "script",
    "insights.invalidate": "secret",
    "library.index": "member",
    "library.playlists": "member",
    "library.albums": "member",
    "library.tracks": "member",
    "library.artists": "member",
    "library.liked": "member",
    "library.playlist": "own",
    "library.album": "member",
    "library.artist": "member",
    "library.track": "member",
    "library.set_features": "member",
    "library.sync": "member",
    "library.analyses": "member",
    "library.analyse": "member",
    "library.analysis": "own",
    "library.compare": "own",
    "library.settings": "member",
    "library.set_settings": "member",
    "library.image": "own",
    "library.make": "member",
    "library.make_playlist": "member",
    "library.made": "member",
    "library.go_on": "own",
    "library.forget_made": "own",
    "library.describe": "own",
    "library.bring": "member",
    "library.take": "member",
    "library.brought": "own",
    "library.bring_now": "own",
    "library.imports": "member",
    "library.ask_undo": "own",
    "library.undo": "own",
    "library_api.auth": "script",
    "library_api.renew": "script",
    "library_api.profile": "script",
    "library_api.saved": "script",
    "library_api.listing": "script",
    "library_api.artists": "script",
    "library_api.sync_listing": "script",
    "library_api.playlist_at_spotify": "theirs",
    "library_api.track_at_spotify": "script",
    "library_api.track_features": "script",
    "library_api.playlists": "script",
    "library_api.sync_playlists": "script",
    "library_api.playlists_meta": "script",
    "library_api.playlist": "theirs",
    "library_api.renew_playlist": "theirs",
    "library_api.change_playlist": "theirs",
    "library_api.albums": "script",
    "library_api.sync_albums": "script",
    "library_api.albums_meta": "script",
    "library_api.album": "script",
    "library_api.renew_album": "script",
    "library_api.change_album": "script",
    "library_api.track": "script",
    "library_api.renew_track": "script",
    "library_api.change_track": "script",
    "library_api.recent": "script",
    "library_api.read_recent": "script",
    "library_api.notified": "script",
    "library_api.acknowledge": "theirs",
    "library_api.acknowledge_all": "script",
    "notifications.index": "member",
    "notifications.acknowledge": "own",
    "notifications.acknowledge_all": "member",
    "listening.album_cover": "member",
    "listening.change_album_cover": "member",
    "listening.replace_album_cover": "member",
    "listening.remove_album_cover": "member",
    "listening.look_for_album_cover": "member",
    "listening.look_for_album_covers": "member",
    "listening.relay": "member",
    "listening.link_relay": "member",
    "listening.unlink_relay": "member",
    "listening.bring": "member",
    "listening.take": "member",
    "listening.brought": "own",
    "listening.bring_now": "own",
    "listening.imports": "member",
    "listening.ask_undo": "own",
    "listening.undo": "own",
    "listening.export_zip": "member",
    "listening.export_maloja": "member",
    "listening.edits": "member",
    "listening.undo_edit": "own",
    "listening.add_play": "member",
    "listening.put_in_play": "member",
    "listening.edit_play": "own",
    "listening.change_play": "own",
    "listening.delete_play": "own",
    "listening.not_me": "member",
    "listening.say_not_me": "member",
    "listening.spin": "member",
    "listening.log_spin": "member",
    "listening.counting": "member",
    "listening.set_counting": "member",
    "listening.try_counting": "member",
    "listening.set_seen": "member",
    "listening.why": "member",
    "listening.index": "member",
    "listening.tops": "member",
    "listening.artist": "member",
    "listening.set_genres": "shown",
    "listening.album": "member",
    "listening.track": "member",
    "listening.plays": "member",
    "listening.years": "member",
    "listening.year": "member",
    "listening.discovery": "member",
    "listening.how": "member",
    "listening.search": "member",
    "listening.household": "member",
    "listening.shelf": "member",
    "listening.record": "member",
    "listening.say_album": "shown",
    "listening.children": "member",
    "listening.add_child": "member",
    "listening.child": "own",
    "listening.add_route": "own",
    "listening.remove_route": "own",
    "listening.ask_remove_child": "own",
    "listening.remove_child": "own",
    "listening.merge": "member",
    "listening.say_same": "member",
    "listening.players": "member",
    "listening.end_player": "own",
    "scrobble.ask_approval": "member",
    "scrobble.approve": "member",
    "scrobble.validate_token": "player",
    "scrobble.submit_listens": "player",
    "scrobble.show_listens": "player",
    "scrobble.count_listens": "player",
    "scrobble.show_playing_now": "player",
    "scrobble.stop_playing": "player",
    "scrobble.delete_listen": "player",
    "scrobble.show_latest_import": "player",
    "scrobble.note_latest_import": "player",
    "scrobble.give_feedback": "player",
    "scrobble.show_feedback": "player",
    "scrobble.show_feedback_for": "player",
    "scrobble.stats_of_artists": "player",
    "scrobble.stats_of_releases": "player",
    "scrobble.stats_of_release_groups": "player",
    "scrobble.stats_of_recordings": "player",
    "scrobble.stats_of_listening": "player",
    "scrobble.stats_of_days": "player",
    "scrobble.lastfm": "player",
    "scrobble.handshake": "player",
    "scrobble.playing": "player",
    "scrobble.submit": "player",
    "scrobble.new_scrobble": "player",
    "shelf.in_and_out": "member",
    "shelf.discogs": "member",
    "shelf.link_discogs": "member",
    "shelf.unlink_discogs": "member",
    "shelf.bring_collection": "member",
    "shelf.releases": "member",
    "shelf.find_releases": "member",
    "shelf.find_release": "shown",
    "shelf.link_release": "shown",
    "shelf.bring": "member",
    "shelf.take": "member",
    "shelf.brought": "own",
    "shelf.choose": "own",
    "shelf.bring_now": "own",
    "shelf.imports": "member",
    "shelf.ask_undo": "own",
    "shelf.undo": "own",
    "shelf.index": "member",
    "shelf.of_the_day": "member",
    "shelf.another": "member",
    "shelf.show_credits": "member",
    "shelf.all_credits": "member",
    "shelf.rules": "member",
    "shelf.settle_rules": "member",
    "shelf.lists": "member",
    "shelf.lists_text": "member",
    "shelf.stats": "member",
    "shelf.sounds": "member",
    "shelf.sounds_csv": "member",
    "shelf.try_sounds": "member",
    "shelf.choose_album": "shown",
    "shelf.say_which": "shown",
    "shelf.artists": "member",
    "shelf.artist": "member",
    "shelf.change_artist": "shown",
    "crates.playlists": "member",
    "crates.new_playlist": "member",
    "crates.make_playlist": "member",
    "crates.look_for_playlists": "member",
    "crates.playlist": "own",
    "crates.go_on": "own",
    "crates.forget_playlist": "own",
    "crates.show_dumps": "member",
    "crates.look_for_dumps": "admin",
    "crates.fetch_dump": "admin",
    "crates.import_dump": "admin",
    "crates.set_daily_dumps": "admin",
    "crates.delete_dump": "admin",
    "tasks.index": "member",
    "tasks.show": "mosaics own",
    "tasks.sketch": "mosaics own",
    "tasks.cancel": "mosaics own",
    "tasks.again": "mosaics own",
}
# Nobody is looked up for these: a token that is none is not noticed.
UNASKED = {"static", "health.alive", "health.ready"}
# Without a worker, an account at Spotify, a field that is to be named, somebody to be told.
UNREADY = {
    "health.ready", "library_api.profile", "crates_api.suggest", "crates_api.values",
    "security_txt.security_txt",
}  # fmt: skip
# What is carol's below; all else that is somebody's is in tests/attack/test_rules.py, where each
# finds what is theirs. What nobody finds would tell nothing of who may.
CAROLS_ALONE = {
    "accounts.end_session", "accounts.remove_token", "crates.rename", "crates.forget",
    "films.poster", "library.compare", "listening.child", "listening.add_route",
    "listening.remove_route", "listening.ask_remove_child", "listening.remove_child",
    "listening.end_player",
}  # fmt: skip
NOWHERE = 404
NOT_SHARED = False


@pytest.fixture
def settings(settings: Settings, db: Database, database_url: str) -> Settings:
    """Both databases, each empty at first."""
    assert db
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture(params=["by browser", "by token"])
def way_in(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bob(app: Flask, bob: Visitor, way_in: str) -> Visitor:
    return bob if way_in == "by browser" else script_of(app, bob)


@pytest.fixture
def alice(app: Flask, alice: Visitor, way_in: str) -> Visitor:
    return alice if way_in == "by browser" else script_of(app, alice)


def script_of(app: Flask, person: Visitor) -> Visitor:
    """Return a script with a token of that person's, and without a cookie."""
    with house(app).db.writing() as session:
        token = tokens.add(session, person.id, "a script")
    return Visitor(app.test_client(), person.id, {"Authorization": f"Bearer {token}"})


@dataclass(frozen=True)
class Carols:
    """What somebody else has, by the name that it has in addresses."""

    ids: dict[str, str]

    def address(self, rule: Rule) -> str:
        address = rule.rule
        for argument in rule.arguments:
            value = self.ids[f"{rule.endpoint.partition('.')[0]}.{argument}"]
            address = re.sub(rf"<(?:[^<>]*:)?{argument}>", value, address)
        return address + self.ids.get(f"{rule.endpoint}?", "")


@pytest.fixture
def carols(app: Flask) -> Carols:
    of = digging.batch([Pressing(1, master_id=1)])
    little_crates.serve(house(app).settings.data, of, db=house(app).db)
    with house(app).db.writing() as session:
        carol = people.add(session, NewPerson(username="carol", password=PASSWORD), zone="UTC")
        sessions.begin(session, carol.id, Browser("hers", "127.0.0.1"))
        tokens.add(session, carol.id, "hers")
        schedules.set_up(session, [Plan("clean up", "clean_up", "daily 03:47")], "UTC")
        task = tasks.enqueue(session, "create_mosaic", {}, owner=Owner(carol.id))
        film = Film(
            title="Jaws", title_folded="jaws", year=1975, tmdb_state="none",
            poster_address="http://127.0.0.1/jaws.jpg", created_at=clock.now(),
        )  # fmt: skip
        session.add(film)
        session.flush()
        # Her poster is at hand: whoever is refused is refused for not being her.
        hers = factories.source(session, carol)
        factories.viewing(session, film, hers)
        # So is an import to undo; it bears the id of its task.
        film_imports.begin(session, carol.id, "carol_c", NewImport(task.public_id, "c.zip"))
        shelf_imports.begin(session, carol.id, task.public_id, "csv", "c.csv")
        play_imports.begin(session, carol.id, task.public_id, "c.json")
        library_imports.begin(session, carol.id, task.public_id, "c.csv")
        factories.made_playlist(session, carol.id, public_id=task.public_id)
        factories.youtube_playlist(session, carol.id, public_id=task.public_id)
        dig_id = digs.keep(session, carol.id, "q=can", "Can")
        notifications.started(session, carol.id, task.public_id, "library", None, "sync", {})
        notification_id = session.scalars(select(Notification.id)).one()
        scrobble_sessions.begin(session, carol.id, Player("lastfm", "hers"))
        list_id, _ = film_marks.list_of(session, hers.id, Listing("best", "Best"))
        record_id = factories.record(session, carol, "Tago Mago", ["Can"], cover_sha256="ab" * 32)
        cover = record_covers.path_of(house(app).settings.covers, "ab" * 32)
        cover.parent.mkdir(exist_ok=True)
        cover.write_bytes(b"\xff\xd8\xff")
        artist_id = session.scalars(select(Artist.id)).one()
        child_id = children.add(session, carol.id, NewChild(name="kim")).id
        route = NewRoute(words="speaker")
        children.add_route(session, session.get_one(Person, child_id), route)
        moment = datetime(2025, 3, 1, tzinfo=UTC)
        heard = Said(title="Vitamin C", artists="Can", album="Ege Bamyasi", at=moment)
        play_corrections.add(session, carol.id, heard, Owner(carol.id), None)
        session.scalars(select(PlayEdit)).one().public_id = task.public_id
        play_id = session.scalars(select(Play.id)).one()
        session.scalars(select(Album)).one().cover_sha256 = "ab" * 32
        pictures.save(session, str(film.poster_address), sha256="ab" * 32, size=6, expires_at=0)
        kept = pictures.path_of(house(app).settings.posters, "ab" * 32)
        kept.parent.mkdir(parents=True)
        kept.write_bytes(b"\x89PNG..")
        made = Made(
            "c" * 32, task.id, carol.id, None, NOT_SHARED, "carol_c", "carol_c – 2026", "alt", {},
            "c.jpg", "0" * 64, 1, 10, 10, 10, 10,
        )  # fmt: skip
        seen = Seen(film.id, "Jaws", 1975, None, 8, None, None, is_rewatch=False)
        mosaic_files.add(session, made, [FilmIn(seen, has_poster=False)])
        session.add(
            Recipe(
                public_id="e" * 32, person_id=carol.id, name="hers", name_folded="hers", args={},
                is_monthly=False, created_at=0,
            )
        )  # fmt: skip
        of_library = libraries.fill(session, carol.id)
        analysis_id = libraries.analyse(session, carol.id, "liked")
        session.get_one(Playlist, of_library.playlist).image_sha256 = "ab" * 32
        return Carols(
            {
                "accounts.session_id": str(sessions.listed(session, carol.id)[0].id),
                "accounts.provider": "spotify",
                "accounts.token_id": str(tokens.listed(session, carol.id)[0].id),
                "admin.person_id": str(carol.id),
                "admin.name": "clean up",
                "films.film_id": str(film.id),
                "films.list_id": str(list_id),
                "films.month": "2025-03",
                "films.public_id": task.public_id,
                "insights.user_id": str(carol.id),
                "library.playlist_id": str(of_library.playlist),
                "library.album_id": str(of_library.album),
                "library.artist_id": str(of_library.artist),
                "library.track_id": str(of_library.tracks[0]),
                "library.analysis_id": str(analysis_id),
                "library.compare?": f"?a={analysis_id}&b={analysis_id}",
                "library.kind": "playlists",
                "library.item_id": str(of_library.playlist),
                "library.public_id": task.public_id,
                "library_api.playlist_id": str(of_library.playlist),
                "library_api.album_id": str(of_library.album),
                "library_api.track_id": str(of_library.tracks[0]),
                "library_api.name": "playlists",
                "library_api.spotify_id": "track0",
                "library_api.notification_id": str(notification_id),
                "notifications.notification_id": str(notification_id),
                "listening.public_id": task.public_id,
                "listening.session_id": "1",
                "listening.provider": "listenbrainz",
                "listening.kind": "artists",
                "listening.item": str(artist_id),
                "listening.play_id": str(play_id),
                "listening.child_id": str(child_id),
                "listening.route_id": "1",
                "listening.year": "2025",
                "listening.artist_id": str(artist_id),
                "listening.album_id": str(session.scalars(select(Album.id)).one()),
                "listening.track_id": str(session.scalars(select(Track.id)).one()),
                "listening.record_id": str(record_id),
                "crates.public_id": task.public_id,
                "crates.dig_id": str(dig_id),
                "crates.release_id": "1",
                "crates.master_id": "1",
                "crates.artist_id": "4",
                "crates.label_id": "1",
                "crates_api.release_id": "1",
                "crates_api.master_id": "1",
                "crates_api.artist_id": "4",
                "crates_api.label_id": "1",
                "scrobble.user_name": "carol",
                "mosaics.public_id": "c" * 32,
                "mosaics.name": "carol_c",
                "mosaics.recipe_id": "e" * 32,
                "mosaics.level": "0",
                "mosaics.column": "0",
                "mosaics.row": "0",
                "tasks.public_id": task.public_id,
                "shelf.public_id": task.public_id,
                "shelf.name": "2026-11-24-18-30-12.zip",
                "shelf.rating_id": "1",
                "shelf.seq": "1",
                "shelf.artist_id": str(artist_id),
                "shelf.record_id": str(record_id),
                "crates.kind": "genre",
                "static.filename": "style.css",
            }
        )


def routes(app: Flask, *wanted: str) -> Iterator[tuple[Rule, str]]:
    """Return the routes whose row has one of the words, each with one of its methods."""
    for rule in app.url_map.iter_rules():
        if set(ROWS[rule.endpoint].split()) & set(wanted):
            # HEAD is GET without its body, OPTIONS is answered by nobody's view.
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield rule, method


def status(visitor: Visitor, carols: Carols, rule: Rule, method: str) -> int:
    address = carols.address(rule)
    if method == "GET":
        with visitor.get(address) as answer:
            return answer.status_code
    if visitor.headers:
        with visitor.client.open(address, method=method, headers=visitor.headers) as answer:
            return answer.status_code
    # A page that everybody gets, for its form's token.
    typed = {"csrf_token": visitor.token("/account" if visitor.id else "/login")}
    origin = {"Origin": HOME}
    with visitor.client.open(address, method=method, data=typed, headers=origin) as answer:
        return answer.status_code


def test_every_route_has_its_row(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(ROWS)


def test_every_row_says_who() -> None:
    who = {
        "open", "mosaics", "member", "admin", "own", "player", "script", "theirs", "secret",
        "shown",
    }  # fmt: skip
    assert {word for row in ROWS.values() for word in row.split()} == who


def test_a_guest_is_sent_to_the_login(app: Flask, guest: Visitor, carols: Carols) -> None:
    shut = [
        (rule, method)
        for rule, method in routes(app, "member", "admin", "own", "shown")
        if "mosaics" not in ROWS[rule.endpoint].split()
    ]

    for rule, method in shut:
        assert status(guest, carols, rule, method) == 303, f"{method} {rule.rule}"


def test_to_players_a_login_in_the_browser_is_nothing(
    app: Flask, guest: Visitor, carols: Carols
) -> None:
    someone = member(app, "dave")
    for rule, method in routes(app, "player"):
        address = carols.address(rule)
        told = [one.client.open(address, method=method) for one in (guest, someone)]
        assert told[0].status_code == told[1].status_code != 303, address
        assert told[0].data == told[1].data, address
        assert all(one.mimetype != "text/html" for one in told), address
        assert not any("Set-Cookie" in one.headers for one in told), address


def test_a_guest_is_told_that_scripts_say_who_they_are(
    app: Flask, guest: Visitor, carols: Carols
) -> None:
    for rule, method in routes(app, "script", "theirs"):
        assert status(guest, carols, rule, method) == 401, f"{method} {rule.rule}"


def test_without_the_secret_nobody_clears_the_cache(
    app: Flask, guest: Visitor, alice: Visitor, carols: Carols
) -> None:
    for rule, method in routes(app, "secret"):
        for who in (guest, alice):
            assert status(who, carols, rule, method) == 403, f"{method} {rule.rule}"


def test_where_guests_may_not_make_mosaics_they_find_all_doors_shut(
    app: Flask, guest: Visitor, carols: Carols
) -> None:
    inside = house(app)
    closed = inside.settings.model_copy(update={"guest_mosaics": False})
    app.extensions[KEY] = House(closed, inside.db)

    for rule, method in routes(app, "mosaics"):
        assert status(guest, carols, rule, method) == 303, f"{method} {rule.rule}"


def test_a_guest_finds_nothing_of_a_member(app: Flask, guest: Visitor, carols: Carols) -> None:
    for rule, method in routes(app, "own"):
        if "mosaics" in ROWS[rule.endpoint].split():
            assert status(guest, carols, rule, method) == NOWHERE, f"{method} {rule.rule}"


def test_a_member_finds_nothing_of_another(app: Flask, bob: Visitor, carols: Carols) -> None:
    for rule, method in routes(app, "own", "theirs"):
        assert status(bob, carols, rule, method) == NOWHERE, f"{method} {rule.rule}"


def test_what_others_do_not_find_is_there_for_carol(app: Flask, carols: Carols) -> None:
    with house(app).db.reading() as session:
        carol_id = session.scalars(select(Person.id).where(Person.name == "carol")).one()
    carol = script_of(app, Visitor(app.test_client(), carol_id))
    hers = [one for one in routes(app, "own") if one[0].endpoint in CAROLS_ALONE]

    # Who is removed has no routes any more.
    for rule, method in sorted(hers, key=lambda one: "remove_child" in one[0].endpoint):
        assert status(carol, carols, rule, method) != NOWHERE, f"{method} {rule.rule}"
    assert {rule.endpoint for rule, _ in hers} == CAROLS_ALONE


def test_the_admin_finds_nothing_of_a_members_library_but_its_tasks(
    app: Flask, alice: Visitor, carols: Carols
) -> None:
    of_tasks = ("brought", "bring_now", "ask_undo", "undo")
    for rule, method in routes(app, "own", "theirs"):
        area, _, view = rule.endpoint.partition(".")
        if area in ("library", "library_api", "notifications") and view not in of_tasks:
            assert status(alice, carols, rule, method) == NOWHERE, f"{method} {rule.rule}"


def test_a_member_changes_nothing_on_anothers_shelf(
    app: Flask, bob: Visitor, carols: Carols
) -> None:
    for rule, method in routes(app, "shown"):
        assert status(bob, carols, rule, method) == 403, f"{method} {rule.rule}"


def test_a_member_may_not_look_after_the_house(app: Flask, bob: Visitor, carols: Carols) -> None:
    for rule, method in routes(app, "admin"):
        assert status(bob, carols, rule, method) == 403, f"{method} {rule.rule}"


def test_a_member_sees_the_pages_of_members(app: Flask, bob: Visitor, carols: Carols) -> None:
    for rule, method in routes(app, "member", "script", "open"):
        if method == "GET" and rule.endpoint not in UNREADY:
            assert status(bob, carols, rule, method) in (200, 303), rule.rule


def test_the_admin_sees_the_pages_of_admins(app: Flask, alice: Visitor, carols: Carols) -> None:
    for rule, method in routes(app, "admin"):
        if method == "GET":
            assert status(alice, carols, rule, method) == 200, rule.rule


def test_the_admin_may_do_what_admins_do(app: Flask, alice: Visitor, carols: Carols) -> None:
    """Without what is to be said of it, each is understood, and asks for that."""
    for rule, method in routes(app, "admin"):
        if method == "POST":
            is_enough = rule.endpoint in ("admin.toggle", "crates.look_for_dumps")
            expected = 303 if is_enough else 422
            assert status(alice, carols, rule, method) == expected, rule.rule


def test_a_token_of_nobody_opens_nothing(app: Flask, carols: Carols) -> None:
    script = Visitor(app.test_client(), headers={"Authorization": "Bearer of-nobody"})

    inside = ("open", "mosaics", "member", "script", "own", "theirs", "shown", "admin")
    for rule, method in routes(app, *inside):
        if rule.endpoint not in UNASKED:
            assert status(script, carols, rule, method) == 401, f"{method} {rule.rule}"


@pytest.mark.parametrize("way_in", ["by browser"])
def test_a_token_is_its_person(app: Flask, guest: Visitor, bob: Visitor, carols: Carols) -> None:
    with house(app).db.writing() as session:
        token = tokens.add(session, bob.id, "a script")

    for scheme in ("Bearer", "Token"):
        guest.headers = {"Authorization": f"{scheme} {token}", "Accept": "application/json"}
        assert guest.get("/films").status_code == 200
        assert guest.get("/admin").status_code == 403
        assert guest.get(f"/tasks/{carols.ids['tasks.public_id']}").status_code == NOWHERE


@pytest.mark.parametrize("way_in", ["by browser"])
def test_with_a_token_the_cookie_counts_for_nothing(alice: Visitor) -> None:
    alice.headers = {"Authorization": "Bearer of-nobody", "Accept": "application/json"}

    assert alice.get("/films").status_code == 401


@pytest.mark.parametrize("way_in", ["by browser"])
def test_a_form_from_elsewhere_does_nothing(bob: Visitor) -> None:
    order = {"letterboxd_username": "dave", "period": "month"}

    assert bob.post("/mosaics", data=order).status_code == 400
    elsewhere = {"Origin": "http://evil.example"}
    assert bob.client.post("/mosaics", data=order, headers=elsewhere).status_code == 403
    assert bob.client.post("/mosaics", data=order).status_code == 403
