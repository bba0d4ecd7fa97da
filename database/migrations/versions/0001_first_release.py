"""The first release."""

# ruff: noqa: S608 - the statements are put together from constants of this file

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None

# SQLite numbers a key by itself only when it is called INTEGER.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PROGRESS = """
    CREATE UNLOGGED TABLE task_progress (
        task_id BIGINT PRIMARY KEY,
        attempt BIGINT NOT NULL,
        msg     TEXT NOT NULL,
        done    BIGINT,
        of      BIGINT,
        at      BIGINT NOT NULL
    )
"""

_NEXT = "(SELECT count(*) FROM task_events WHERE task_id = new.id)"
_KIND = """
    CASE new.status WHEN 'PROGRESSING' THEN 'claimed'
                         WHEN 'COMPLETE'    THEN 'complete'
                         WHEN 'ERROR'       THEN 'error'
                         WHEN 'CANCELLED'   THEN 'cancelled'
                         ELSE CASE WHEN new.failures > old.failures THEN 'retry'
                                   WHEN new.crashes > old.crashes   THEN 'recovered'
                                   WHEN new.run_at > new.changed_at THEN 'retry'
                                   ELSE 'interrupted' END
         END
"""
_SQLITE_HISTORY = (
    """
    CREATE TRIGGER tasks_queued AFTER INSERT ON tasks
    BEGIN
        INSERT INTO task_events (task_id, number, attempt, at, type)
             VALUES (new.id, 0, new.attempt, new.changed_at, 'queued');
    END
    """,
    f"""
    CREATE TRIGGER tasks_changed AFTER UPDATE OF status ON tasks WHEN new.status <> old.status
    BEGIN
        INSERT INTO task_events (task_id, number, attempt, at, type, message)
             VALUES (new.id, {_NEXT}, new.attempt, new.changed_at, {_KIND}, new.error_msg);
    END
    """,
    f"""
    CREATE TRIGGER tasks_cancel_asked AFTER UPDATE OF cancel_asked_at ON tasks
      WHEN new.cancel_asked_at IS NOT NULL AND old.cancel_asked_at IS NULL
       AND new.status = 'PROGRESSING'
    BEGIN
        INSERT INTO task_events (task_id, number, attempt, at, type)
             VALUES (new.id, {_NEXT}, new.attempt, new.cancel_asked_at, 'cancel_asked');
    END
    """,
)
_HISTORY_FUNCTION = f"""
    CREATE FUNCTION tasks_history() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            INSERT INTO task_events (task_id, number, attempt, at, type)
                 VALUES (new.id, 0, new.attempt, new.changed_at, 'queued');
            PERFORM pg_notify('needledrop_tasks', '');
        ELSIF new.status <> old.status THEN
            INSERT INTO task_events (task_id, number, attempt, at, type, message)
                 VALUES (new.id, {_NEXT}, new.attempt, new.changed_at, {_KIND}, new.error_msg);
            IF new.status = 'WAITING' THEN
                PERFORM pg_notify('needledrop_tasks', '');
            END IF;
        ELSIF new.cancel_asked_at IS NOT NULL AND old.cancel_asked_at IS NULL THEN
            INSERT INTO task_events (task_id, number, attempt, at, type)
                 VALUES (new.id, {_NEXT}, new.attempt, new.cancel_asked_at, 'cancel_asked');
        END IF;
        RETURN NULL;
    END $$
"""
_HISTORY_TRIGGER = """
    CREATE TRIGGER tasks_history AFTER INSERT OR UPDATE OF status, cancel_asked_at ON tasks
       FOR EACH ROW EXECUTE FUNCTION tasks_history()
"""


def upgrade() -> None:
    op.create_table(
        "films",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("tmdb_id", _NUMBER, nullable=True),
        sa.Column("slug", sa.Text(), nullable=True),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("year", _NUMBER, nullable=True),
        sa.Column("director", sa.Text(), nullable=True),
        sa.Column("poster_address", sa.Text(), nullable=True),
        sa.Column("tmdb_state", sa.Text(), nullable=False),
        sa.Column("asked_at", _NUMBER, nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="films_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "films_slug",
        "films",
        ["slug"],
        unique=True,
        sqlite_where=sa.text("slug IS NOT NULL"),
        postgresql_where=sa.text("slug IS NOT NULL"),
    )
    op.create_index("films_title_folded", "films", ["title_folded", "year"], unique=False)
    op.create_index(
        "films_tmdb",
        "films",
        ["kind", "tmdb_id"],
        unique=True,
        sqlite_where=sa.text("tmdb_id IS NOT NULL"),
        postgresql_where=sa.text("tmdb_id IS NOT NULL"),
    )
    op.create_index("films_tmdb_state", "films", ["tmdb_state", "id"], unique=False)
    op.create_index(
        "films_uri",
        "films",
        ["uri"],
        unique=True,
        sqlite_where=sa.text("uri IS NOT NULL"),
        postgresql_where=sa.text("uri IS NOT NULL"),
    )
    op.create_table(
        "house",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="house_pk"),
    )
    op.create_table(
        "login_failures",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("failures", _NUMBER, nullable=False),
        sa.Column("last_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("scope", name="login_failures_pk"),
    )
    op.create_table(
        "people",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("letterboxd_name", sa.Text(), nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="people_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("people_name_folded", "people", ["name_folded"], unique=True)
    op.create_table(
        "picture_addresses",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("fetched_at", _NUMBER, nullable=False),
        sa.Column("expires_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("address", name="picture_addresses_pk"),
    )
    op.create_index("picture_addresses_sha256", "picture_addresses", ["sha256"], unique=False)
    op.create_table(
        "pictures",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column("used_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pictures_pk"),
    )
    op.create_index("pictures_used_at", "pictures", ["used_at"], unique=False)
    op.create_table(
        "schedules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("args", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("next_run_at", _NUMBER, nullable=False),
        sa.Column("last_slot", _NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("name", name="schedules_pk"),
    )
    op.create_table(
        "setup_codes",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="setup_codes_pk"),
    )
    op.create_table(
        "workers",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("boot_id", sa.Text(), nullable=False),
        sa.Column("pid", _NUMBER, nullable=False),
        sa.Column("lock_name", sa.Text(), nullable=False),
        sa.Column("started_at", _NUMBER, nullable=False),
        sa.Column("gone_at", _NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="workers_pk"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "film_candidates",
        sa.Column("film_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tmdb_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("year", _NUMBER, nullable=True),
        sa.Column("overview", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["film_id"], ["films.id"], name="film_candidates_film_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("film_id", "kind", "tmdb_id", name="film_candidates_pk"),
    )
    op.create_table(
        "film_sources",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("fetched_at", _NUMBER, nullable=True),
        sa.Column("feed_entries", _NUMBER, nullable=True),
        sa.Column("not_before", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="film_sources_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="film_sources_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "film_sources_open",
        "film_sources",
        ["name_folded"],
        unique=True,
        sqlite_where=sa.text("person_id IS NULL"),
        postgresql_where=sa.text("person_id IS NULL"),
    )
    op.create_index(
        "film_sources_owned",
        "film_sources",
        ["person_id", "name_folded"],
        unique=True,
        sqlite_where=sa.text("person_id IS NOT NULL"),
        postgresql_where=sa.text("person_id IS NOT NULL"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("last_seen_at", _NUMBER, nullable=False),
        sa.Column("expires_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="sessions_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="sessions_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("sessions_person_id", "sessions", ["person_id"], unique=False)
    op.create_index("sessions_secret_hash", "sessions", ["secret_hash"], unique=True)
    op.create_table(
        "tasks",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("args", sa.Text(), nullable=False),
        sa.Column("person_id", _NUMBER, nullable=True),
        sa.Column("guest_hash", sa.Text(), nullable=True),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sort_key", _NUMBER, nullable=False),
        sa.Column("run_at", _NUMBER, nullable=False),
        sa.Column("attempt", _NUMBER, nullable=False),
        sa.Column("failures", _NUMBER, nullable=False),
        sa.Column("max_failures", _NUMBER, nullable=False),
        sa.Column("crashes", _NUMBER, nullable=False),
        sa.Column("max_crashes", _NUMBER, nullable=False),
        sa.Column("worker_id", _NUMBER, nullable=True),
        sa.Column("claimed_at", _NUMBER, nullable=True),
        sa.Column("timeout_seconds", _NUMBER, nullable=True),
        sa.Column("dedup_key", sa.Text(), nullable=True),
        sa.Column("lock_key", sa.Text(), nullable=True),
        sa.Column("parent_id", _NUMBER, nullable=True),
        sa.Column("schedule_name", sa.Text(), nullable=True),
        sa.Column("cancel_asked_at", _NUMBER, nullable=True),
        sa.Column("progress_msg", sa.Text(), nullable=True),
        sa.Column("error_msg", sa.Text(), nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("changed_at", _NUMBER, nullable=False),
        sa.Column("finished_at", _NUMBER, nullable=True),
        sa.CheckConstraint("(status = 'PROGRESSING') = (worker_id IS NOT NULL)", name="tasks_held"),
        sa.CheckConstraint(
            "(status IN ('COMPLETE', 'ERROR', 'CANCELLED')) = (finished_at IS NOT NULL)",
            name="tasks_finished",
        ),
        sa.CheckConstraint(
            "status IN ('WAITING', 'PROGRESSING', 'COMPLETE', 'ERROR', 'CANCELLED')",
            name="tasks_status",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="tasks_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="tasks_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "tasks_claim",
        "tasks",
        ["lane", "sort_key", "id", "run_at"],
        unique=False,
        sqlite_where=sa.text("status = 'WAITING'"),
        postgresql_where=sa.text("status = 'WAITING'"),
    )
    op.create_index(
        "tasks_dedup",
        "tasks",
        ["dedup_key"],
        unique=True,
        sqlite_where=sa.text("dedup_key IS NOT NULL AND status IN ('WAITING', 'PROGRESSING')"),
        postgresql_where=sa.text("dedup_key IS NOT NULL AND status IN ('WAITING', 'PROGRESSING')"),
    )
    op.create_index(
        "tasks_guest_hash",
        "tasks",
        ["guest_hash", "id"],
        unique=False,
        sqlite_where=sa.text("guest_hash IS NOT NULL"),
        postgresql_where=sa.text("guest_hash IS NOT NULL"),
    )
    op.create_index(
        "tasks_lock",
        "tasks",
        ["lock_key"],
        unique=True,
        sqlite_where=sa.text("lock_key IS NOT NULL AND status = 'PROGRESSING'"),
        postgresql_where=sa.text("lock_key IS NOT NULL AND status = 'PROGRESSING'"),
    )
    op.create_index(
        "tasks_person_id",
        "tasks",
        ["person_id", "id"],
        unique=False,
        sqlite_where=sa.text("person_id IS NOT NULL"),
        postgresql_where=sa.text("person_id IS NOT NULL"),
    )
    op.create_index("tasks_public_id", "tasks", ["public_id"], unique=True)
    op.create_index(
        "tasks_running",
        "tasks",
        ["worker_id"],
        unique=False,
        sqlite_where=sa.text("status = 'PROGRESSING'"),
        postgresql_where=sa.text("status = 'PROGRESSING'"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("last_used_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="tokens_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="tokens_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("tokens_person_id", "tokens", ["person_id"], unique=False)
    op.create_index("tokens_token_hash", "tokens", ["token_hash"], unique=True)
    op.create_table(
        "film_lists",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("source_id", _NUMBER, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("made_on", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["film_sources.id"], name="film_lists_source_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="film_lists_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("film_lists_slug", "film_lists", ["source_id", "slug"], unique=True)
    op.create_table(
        "film_marks",
        sa.Column("source_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("film_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("watched_on", sa.Text(), nullable=True),
        sa.Column("half_stars", _NUMBER, nullable=True),
        sa.Column("is_liked", sa.Boolean(), nullable=False),
        sa.Column("wanted_on", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["film_id"], ["films.id"], name="film_marks_film_id_fk", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["film_sources.id"], name="film_marks_source_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "film_id", name="film_marks_pk"),
    )
    op.create_index("film_marks_film_id", "film_marks", ["film_id"], unique=False)
    op.create_table(
        "mosaics",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("task_id", _NUMBER, nullable=True),
        sa.Column("person_id", _NUMBER, nullable=True),
        sa.Column("guest_hash", sa.Text(), nullable=True),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column("width", _NUMBER, nullable=False),
        sa.Column("height", _NUMBER, nullable=False),
        sa.Column("preview_width", _NUMBER, nullable=False),
        sa.Column("preview_height", _NUMBER, nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="mosaics_person_id_fk", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name="mosaics_task_id_fk", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="mosaics_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("mosaics_file", "mosaics", ["file"], unique=True)
    op.create_index("mosaics_name_folded", "mosaics", ["name_folded", "created_at"], unique=False)
    op.create_index("mosaics_person_id", "mosaics", ["person_id", "created_at"], unique=False)
    op.create_index("mosaics_public_id", "mosaics", ["public_id"], unique=True)
    op.create_index("mosaics_task_id", "mosaics", ["task_id"], unique=True)
    op.create_table(
        "results",
        sa.Column("task_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("attempt", _NUMBER, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name="results_task_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("task_id", name="results_pk"),
    )
    op.create_table(
        "task_events",
        sa.Column("task_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("attempt", _NUMBER, nullable=False),
        sa.Column("at", _NUMBER, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name="task_events_task_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("task_id", "number", name="task_events_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "viewings",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("source_id", _NUMBER, nullable=False),
        sa.Column("film_id", _NUMBER, nullable=False),
        sa.Column("watched_on", sa.Text(), nullable=False),
        sa.Column("nth", _NUMBER, nullable=False),
        sa.Column("logged_on", sa.Text(), nullable=True),
        sa.Column("half_stars", _NUMBER, nullable=True),
        sa.Column("is_rewatch", sa.Boolean(), nullable=False),
        sa.Column("is_liked", sa.Boolean(), nullable=False),
        sa.Column("is_uncertain", sa.Boolean(), nullable=False),
        sa.Column("review", sa.Text(), nullable=True),
        sa.Column("tags", sa.Text(), nullable=True),
        sa.Column("entry_uri", sa.Text(), nullable=True),
        sa.Column("guid", sa.Text(), nullable=True),
        sa.Column("poster_address", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["film_id"], ["films.id"], name="viewings_film_id_fk", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["film_sources.id"], name="viewings_source_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="viewings_pk"),
    )
    op.create_index("viewings_film_id", "viewings", ["film_id"], unique=False)
    op.create_index(
        "viewings_nth", "viewings", ["source_id", "film_id", "watched_on", "nth"], unique=True
    )
    op.create_index(
        "viewings_uncertain",
        "viewings",
        ["source_id"],
        unique=False,
        sqlite_where=sa.text("is_uncertain = 1"),
        postgresql_where=sa.text("is_uncertain"),
    )
    op.create_index("viewings_watched_on", "viewings", ["source_id", "watched_on"], unique=False)
    op.create_table(
        "film_list_entries",
        sa.Column("list_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("film_id", _NUMBER, nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["film_id"], ["films.id"], name="film_list_entries_film_id_fk", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["film_lists.id"], name="film_list_entries_list_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("list_id", "position", name="film_list_entries_pk"),
    )
    op.create_index("film_list_entries_film_id", "film_list_entries", ["film_id"], unique=False)
    op.create_table(
        "mosaic_films",
        sa.Column("mosaic_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("film_id", _NUMBER, nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("year", _NUMBER, nullable=True),
        sa.Column("director", sa.Text(), nullable=True),
        sa.Column("half_stars", _NUMBER, nullable=True),
        sa.Column("watched_on", sa.Text(), nullable=True),
        sa.Column("has_poster", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["film_id"], ["films.id"], name="mosaic_films_film_id_fk", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["mosaic_id"], ["mosaics.id"], name="mosaic_films_mosaic_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mosaic_id", "position", name="mosaic_films_pk"),
    )
    op.create_index("mosaic_films_film_id", "mosaic_films", ["film_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        # On SQLite this one lives in the machine's memory: database/progress.py.
        op.execute(_PROGRESS)
        op.execute(_HISTORY_FUNCTION)
        op.execute(_HISTORY_TRIGGER)
    else:
        for trigger in _SQLITE_HISTORY:
            op.execute(trigger)
