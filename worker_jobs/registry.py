"""Which job does which action. A new job is its module and one line here.

Each is imported when it is first wanted: Pillow and lxml stay out of an idle worker.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from database import dumps, keepers
from database.schedules import Plan
from worker_jobs.run import Run

Job = Callable[[dict[str, Any], Run], dict[str, Any]]


class Entry(NamedTuple):
    """Where a job's function is, and how long it may take before it is ended."""

    module: str
    function: str
    timeout_seconds: int


JOBS = {
    "create_mosaic": Entry("worker_jobs.mosaic.job", "create_mosaic", 3 * 3600),
    "make_monthly": Entry("worker_jobs.monthly", "make_monthly", 600),
    "import_films": Entry("worker_jobs.imports.job", "import_films", 3600),
    "undo_import": Entry("worker_jobs.imports.undo", "undo_import", 3600),
    "match_films": Entry("worker_jobs.matching", "match_films", 3600),
    "find_matches": Entry("worker_jobs.repair", "find_matches", 600),
    "look_again": Entry("worker_jobs.repair", "look_again", 3600),
    "replace_poster": Entry("worker_jobs.repair", "replace_poster", 600),
    "replace_cover": Entry("worker_jobs.covers", "replace_cover", 600),
    "fetch_covers": Entry("worker_jobs.covers", "fetch_covers", 2 * 3600),
    "restore_shelf": Entry("worker_jobs.shelf_restore.job", "restore_shelf", 3600),
    "reset_shelf": Entry("worker_jobs.shelf_restore.job", "reset_shelf", 3600),
    "begin_day": Entry("worker_jobs.shelf_day", "begin_day", 600),
    "import_records": Entry("worker_jobs.shelf_imports.job", "import_records", 3600),
    "undo_record_import": Entry("worker_jobs.shelf_imports.undo", "undo_record_import", 3600),
    "import_plays": Entry("worker_jobs.play_imports.job", "import_plays", 3 * 3600),
    "undo_play_import": Entry("worker_jobs.play_imports.undo", "undo_play_import", 3 * 3600),
    "import_library": Entry("worker_jobs.library_imports.job", "import_library", 3 * 3600),
    "undo_library_import": Entry(
        "worker_jobs.library_imports.undo", "undo_library_import", 3 * 3600
    ),
    "correct_plays": Entry("worker_jobs.corrections", "correct_plays", 3 * 3600),
    "undo_play_edit": Entry("worker_jobs.corrections", "undo_play_edit", 3 * 3600),
    "remove_child": Entry("worker_jobs.goodbyes", "remove_child", 3 * 3600),
    "remove_person": Entry("worker_jobs.goodbyes", "remove_person", 3 * 3600),
    "recount_plays": Entry("worker_jobs.recounting", "recount_plays", 3 * 3600),
    "count_by_rules": Entry("worker_jobs.recounting", "count_by_rules", 3600),
    "join_household": Entry("worker_jobs.recounting", "join_household", 3600),
    "link_discogs": Entry("worker_jobs.discogs_account", "link_discogs", 600),
    "import_discogs": Entry("worker_jobs.discogs_collection", "import_discogs", 2 * 3600),
    "find_releases": Entry("worker_jobs.releases", "find_releases", 600),
    "link_release": Entry("worker_jobs.releases", "link_release", 600),
    "fetch_album_covers": Entry("worker_jobs.album_covers", "fetch_album_covers", 2 * 3600),
    "replace_album_cover": Entry("worker_jobs.album_covers", "replace_album_cover", 600),
    "link_relay": Entry("worker_jobs.relaying", "link_relay", 600),
    "relay_plays": Entry("worker_jobs.relaying", "relay_plays", 3600),
    "sound_records": Entry("worker_jobs.record_sounds", "sound_records", 2 * 3600),
    "analyze": Entry("worker_jobs.analysis", "analyze", 2 * 3600),
    "poll_device": Entry("worker_jobs.linking", "poll_device", 120),
    "test_connection": Entry("worker_jobs.linking", "test_connection", 120),
    "revoke_consent": Entry("worker_jobs.linking", "revoke_consent", 120),
    "end_of_consents": Entry("worker_jobs.linking", "end_of_consents", 120),
    "sync_library": Entry("worker_jobs.spotify_sync.job", "sync_library", 3 * 3600),
    "sync_libraries": Entry("worker_jobs.spotify_sync.job", "sync_libraries", 600),
    "read_top": Entry("worker_jobs.spotify_sync.job", "read_top", 600),
    "sync_playlist": Entry("worker_jobs.spotify_sync.single", "sync_playlist", 3600),
    "sync_album": Entry("worker_jobs.spotify_sync.single", "sync_album", 600),
    "sync_track": Entry("worker_jobs.spotify_sync.single", "sync_track", 600),
    "sync_artist": Entry("worker_jobs.spotify_sync.single", "sync_artist", 600),
    "full_sync": Entry("worker_jobs.spotify_sync.single", "full_sync", 4 * 3600),
    "make_playlist": Entry("worker_jobs.made_playlists", "make_playlist", 1800),
    "describe_playlist": Entry("worker_jobs.made_playlists", "describe_playlist", 600),
    "read_recent": Entry("worker_jobs.recent_plays", "read_recent", 600),
    "fetch_library_images": Entry("worker_jobs.library_images", "fetch_library_images", 3600),
    "read_artist_details": Entry("worker_jobs.library_images", "read_artist_details", 600),
    "forget_library": Entry("worker_jobs.library_forgetting", "forget_library", 3600),
    "import_crate": Entry("worker_jobs.discogs_import.job", "import_crate", 12 * 3600),
    "check_videos": Entry("worker_jobs.video_checks", "check_videos", 2 * 3600),
    "fill_youtube_playlist": Entry(
        "worker_jobs.youtube_playlist", "fill_youtube_playlist", 3 * 3600
    ),
    "list_youtube_playlists": Entry("worker_jobs.youtube_playlist", "list_youtube_playlists", 600),
    "look_for_dumps": Entry("worker_jobs.dumps", "look_for_dumps", 600),
    "fetch_dump": Entry("worker_jobs.dumps", "fetch_dump", 24 * 3600),
    "clean_up": Entry("worker_jobs.clean_up", "clean_up", 3600),
    "back_up": Entry("worker_jobs.backup", "back_up", 6 * 3600),
    "check_database": Entry("worker_jobs.backup", "check_database", 6 * 3600),
}

PLANS = (
    Plan("clean up", "clean_up", "daily 03:47"),
    # After the hour of a timer of the system's, which may have made one.
    Plan("backup", "back_up", "daily 04:53"),
    Plan("look at the database", "check_database", "weekly sun 05:37"),
    Plan("covers of albums", "fetch_album_covers", "daily 04:29"),
    Plan("monthly mosaics", "make_monthly", "monthly 1 04:13"),
    Plan("libraries at Spotify", "sync_libraries", "daily 05:23"),
    Plan("plays at Spotify", "read_recent", "hourly 11,41"),
    Plan("ends of consents", "end_of_consents", "daily 05:11"),
    # Off: 11 GB have to be asked for.
    Plan(dumps.DAILY, dumps.LOOK, "daily 06:17", is_on=False),
    Plan(keepers.DAILY, "begin_day", "daily 00:07"),
)


def load(action: str, jobs: dict[str, Entry]) -> Job:
    entry = jobs[action]
    job: Job = getattr(import_module(entry.module), entry.function)
    return job
