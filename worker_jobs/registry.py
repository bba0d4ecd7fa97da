"""Which job does which action. A new job is its module and one line here.

Each is imported when it is first wanted: Pillow and lxml stay out of an idle worker.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from database import keepers
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
    "clean_up": Entry("worker_jobs.clean_up", "clean_up", 3600),
}

PLANS = (
    Plan("clean up", "clean_up", "daily 03:47"),
    Plan("covers of albums", "fetch_album_covers", "daily 04:29"),
    Plan("monthly mosaics", "make_monthly", "monthly 1 04:13"),
    Plan(keepers.DAILY, "begin_day", "daily 00:07"),
)


def load(action: str, jobs: dict[str, Entry]) -> Job:
    entry = jobs[action]
    job: Job = getattr(import_module(entry.module), entry.function)
    return job
