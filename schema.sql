-- Every table of Needledrop, as a new SQLite database gets it. database/models says the
-- same in Python, database/migrations carries older databases here and makes PostgreSQL's;
-- a test holds the three together.
--
-- Moments (…_at) are milliseconds since 1970, UTC; days (…_on) are YYYY-MM-DD.
-- AUTOINCREMENT: the number of a deleted row is never given to another one.

CREATE TABLE films (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    kind           TEXT,  -- 'movie' or 'tv', with tmdb_id
    tmdb_id        INTEGER,
    slug           TEXT,  -- as in a feed's links
    uri            TEXT,  -- the film's short address in an export
    title          TEXT NOT NULL,
    title_folded   TEXT NOT NULL,
    year           INTEGER,
    director       TEXT,
    poster_address TEXT,
    poster_sha256  TEXT,  -- a poster of the household's own, in DATA/posters; goes before any address
    tmdb_state     TEXT NOT NULL,  -- 'unasked', 'matched', 'none', or 'tie': several fit, see film_candidates
    is_settled     INTEGER NOT NULL DEFAULT 0 CHECK (is_settled IN (0, 1)),  -- a person has said which film it is: no feed changes that
    asked_at       INTEGER,
    created_at     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX films_slug ON films (slug) WHERE slug IS NOT NULL;
CREATE INDEX films_title_folded ON films (title_folded, year);
CREATE UNIQUE INDEX films_tmdb ON films (kind, tmdb_id) WHERE tmdb_id IS NOT NULL;
CREATE INDEX films_tmdb_state ON films (tmdb_state, id);
CREATE UNIQUE INDEX films_uri ON films (uri) WHERE uri IS NOT NULL;
CREATE INDEX films_year ON films (year, title_folded);

CREATE TABLE house (
    id   INTEGER NOT NULL PRIMARY KEY,  -- always 1
    uuid TEXT NOT NULL  -- the same as in DATA/house: this database's pictures are there
) STRICT;

CREATE TABLE login_failures (
    scope    TEXT NOT NULL PRIMARY KEY,  -- 'name:…' or 'address:…'
    failures INTEGER NOT NULL,
    last_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE people (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    name            TEXT NOT NULL,
    name_folded     TEXT NOT NULL,  -- NFKC, case folded, single spaces: made by the program, the same on both databases
    password_hash   TEXT NOT NULL,  -- argon2id
    is_admin        INTEGER NOT NULL CHECK (is_admin IN (0, 1)),
    zone            TEXT NOT NULL,  -- IANA name; days and months of this person begin there
    letterboxd_name TEXT,  -- the account that is theirs: its films belong to them, whoever types the name
    created_at      INTEGER NOT NULL,
    parent_id       INTEGER,  -- a child: cannot log in, is looked after by that person
    CONSTRAINT people_parent_id_fk FOREIGN KEY (parent_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX people_parent_id ON people (parent_id) WHERE parent_id IS NOT NULL;
CREATE UNIQUE INDEX people_name_folded ON people (name_folded);

CREATE TABLE picture_addresses (
    address       TEXT NOT NULL PRIMARY KEY,
    sha256        TEXT,  -- NULL: nothing there, not asked again before expires_at
    etag          TEXT,
    last_modified TEXT,
    fetched_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX picture_addresses_sha256 ON picture_addresses (sha256);

CREATE TABLE pictures (
    sha256  TEXT NOT NULL PRIMARY KEY,
    size    INTEGER NOT NULL,
    used_at INTEGER NOT NULL,  -- the least recently used go first when the cache is full
    parts   BLOB  -- mean colours of 4 by 6 parts in OKLab times 100, 72 numbers of 16 bits; NULL: not needed yet
) STRICT;
CREATE INDEX pictures_used_at ON pictures (used_at);

CREATE TABLE schedules (
    name        TEXT NOT NULL PRIMARY KEY,
    action      TEXT NOT NULL,
    args        TEXT NOT NULL,
    rule        TEXT NOT NULL,  -- 'hourly 17', 'daily 03:40', 'weekly sun 04:10', 'monthly 1 05:00'
    zone        TEXT NOT NULL,
    is_enabled  INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
    next_run_at INTEGER NOT NULL,
    last_slot   INTEGER  -- the latest moment it has fired for: none fires twice, though the clock goes back
) STRICT;

CREATE TABLE setup_codes (
    id         INTEGER NOT NULL PRIMARY KEY,  -- always 1: there is one code at most
    code_hash  TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE workers (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    host       TEXT NOT NULL,
    boot_id    TEXT NOT NULL,  -- of the kernel: another one means that the machine went down, and every worker with it
    pid        INTEGER NOT NULL,
    lock_name  TEXT NOT NULL,  -- file in DATA/run whose flock the worker holds while it lives (SQLite)
    started_at INTEGER NOT NULL,
    gone_at    INTEGER
) STRICT;

CREATE TABLE film_candidates (
    film_id  INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    tmdb_id  INTEGER NOT NULL,
    title    TEXT NOT NULL,
    year     INTEGER,
    overview TEXT,
    CONSTRAINT film_candidates_pk PRIMARY KEY (film_id, kind, tmdb_id),
    CONSTRAINT film_candidates_film_id_fk FOREIGN KEY (film_id) REFERENCES films (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE film_sources (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id     INTEGER,  -- NULL: a name somebody typed, nobody's account here
    name          TEXT NOT NULL,
    name_folded   TEXT NOT NULL,
    etag          TEXT,
    last_modified TEXT,
    fetched_at    INTEGER,
    feed_entries  INTEGER,  -- how many the feed held when it was read last; it holds only the newest
    not_before    INTEGER,  -- the feed could not be had, and is not asked for again until then
    CONSTRAINT film_sources_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX film_sources_open ON film_sources (name_folded) WHERE person_id IS NULL;
CREATE UNIQUE INDEX film_sources_owned ON film_sources (person_id, name_folded) WHERE person_id IS NOT NULL;

CREATE TABLE sessions (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id    INTEGER NOT NULL,
    secret_hash  TEXT NOT NULL,  -- sha256 of what the cookie holds
    browser      TEXT NOT NULL,
    address      TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,  -- written at most every ten minutes, for the SD card
    expires_at   INTEGER NOT NULL,
    CONSTRAINT sessions_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX sessions_person_id ON sessions (person_id);
CREATE UNIQUE INDEX sessions_secret_hash ON sessions (secret_hash);

CREATE TABLE tasks (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id       TEXT NOT NULL,  -- 128 random bits, in addresses
    action          TEXT NOT NULL,
    args            TEXT NOT NULL,  -- JSON: ids and small values, never a secret
    person_id       INTEGER,
    guest_hash      TEXT,  -- sha256 of a guest's browser key; a task belongs to a person, a guest, or the house
    lane            TEXT NOT NULL,
    status          TEXT NOT NULL,
    sort_key        INTEGER NOT NULL,  -- the order of claiming: moment, priority and fairness in one number, smaller first
    run_at          INTEGER NOT NULL,
    attempt         INTEGER NOT NULL,  -- the fence: +1 at each claim, never less; a late answer carries an old one
    failures        INTEGER NOT NULL,  -- how often the job failed
    max_failures    INTEGER NOT NULL,
    crashes         INTEGER NOT NULL,  -- how often its worker died meanwhile
    max_crashes     INTEGER NOT NULL,
    worker_id       INTEGER,
    claimed_at      INTEGER,
    timeout_seconds INTEGER,
    dedup_key       TEXT,  -- the same request while one is open is the same task
    lock_key        TEXT,  -- tasks of one key never run at the same time
    parent_id       INTEGER,
    schedule_name   TEXT,
    cancel_asked_at INTEGER,
    progress_msg    TEXT,  -- milestones only; what moves is in task_progress, which never touches the card
    error_msg       TEXT,
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,  -- of the status
    finished_at     INTEGER,
    CONSTRAINT tasks_held CHECK ((status = 'PROGRESSING') = (worker_id IS NOT NULL)),
    CONSTRAINT tasks_finished CHECK ((status IN ('COMPLETE', 'ERROR', 'CANCELLED')) = (finished_at IS NOT NULL)),
    CONSTRAINT tasks_status CHECK (status IN ('WAITING', 'PROGRESSING', 'COMPLETE', 'ERROR', 'CANCELLED')),
    CONSTRAINT tasks_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX tasks_claim ON tasks (lane, sort_key, id, run_at) WHERE status = 'WAITING';
CREATE UNIQUE INDEX tasks_dedup ON tasks (dedup_key) WHERE dedup_key IS NOT NULL AND status IN ('WAITING', 'PROGRESSING');
CREATE INDEX tasks_guest_hash ON tasks (guest_hash, id) WHERE guest_hash IS NOT NULL;
CREATE UNIQUE INDEX tasks_lock ON tasks (lock_key) WHERE lock_key IS NOT NULL AND status = 'PROGRESSING';
CREATE INDEX tasks_person_id ON tasks (person_id, id) WHERE person_id IS NOT NULL;
CREATE UNIQUE INDEX tasks_public_id ON tasks (public_id);
CREATE INDEX tasks_running ON tasks (worker_id) WHERE status = 'PROGRESSING';

CREATE TABLE tokens (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id    INTEGER NOT NULL,
    label        TEXT NOT NULL,
    token_hash   TEXT NOT NULL,  -- sha256; the token itself was shown once
    prefix       TEXT NOT NULL,  -- its first characters, to tell tokens apart
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    md5_sealed   TEXT,  -- for two old protocols of players; the key is outside the database
    CONSTRAINT tokens_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX tokens_person_id ON tokens (person_id);
CREATE UNIQUE INDEX tokens_token_hash ON tokens (token_hash);

CREATE TABLE film_imports (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id  TEXT NOT NULL,
    person_id  INTEGER NOT NULL,
    source_id  INTEGER,  -- NULL: an undo has taken the source away
    file_name  TEXT NOT NULL,
    counts     TEXT NOT NULL,  -- JSON: what it added, changed and skipped; {}: it has not ended
    created_at INTEGER NOT NULL,
    undone_at  INTEGER,
    CONSTRAINT film_imports_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE,
    CONSTRAINT film_imports_source_id_fk FOREIGN KEY (source_id) REFERENCES film_sources (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX film_imports_person_id ON film_imports (person_id, id);
CREATE UNIQUE INDEX film_imports_public_id ON film_imports (public_id);
CREATE INDEX film_imports_source_id ON film_imports (source_id);

CREATE TABLE film_changes (
    import_id   INTEGER NOT NULL,
    what        TEXT NOT NULL,  -- viewing, mark, list, entry, source
    key         INTEGER NOT NULL,  -- the row's id; of a mark the film's, of an entry the list's
    place       INTEGER NOT NULL,  -- of an entry its position, else 0
    film_id     INTEGER,  -- what an undo needs; it follows when two films become one
    before      TEXT,  -- JSON: what it was; NULL: the import added it
    fingerprint TEXT NOT NULL,  -- of what it became; a row that is otherwise by now is left by an undo
    CONSTRAINT film_changes_pk PRIMARY KEY (import_id, what, key, place),
    CONSTRAINT film_changes_import_id_fk FOREIGN KEY (import_id) REFERENCES film_imports (id) ON DELETE CASCADE,
    CONSTRAINT film_changes_film_id_fk FOREIGN KEY (film_id) REFERENCES films (id) ON DELETE RESTRICT
) STRICT, WITHOUT ROWID;
CREATE INDEX film_changes_film_id ON film_changes (film_id) WHERE film_id IS NOT NULL;

CREATE TABLE film_lists (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id   INTEGER NOT NULL,
    slug        TEXT NOT NULL,
    name        TEXT NOT NULL,
    description TEXT,
    made_on     TEXT,
    CONSTRAINT film_lists_source_id_fk FOREIGN KEY (source_id) REFERENCES film_sources (id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX film_lists_slug ON film_lists (source_id, slug);

CREATE TABLE film_marks (
    source_id  INTEGER NOT NULL,
    film_id    INTEGER NOT NULL,
    watched_on TEXT,  -- when it was marked as watched; NULL: never
    half_stars INTEGER,
    is_liked   INTEGER NOT NULL CHECK (is_liked IN (0, 1)),
    wanted_on  TEXT,  -- when it was put on the watchlist; NULL: it is not there
    CONSTRAINT film_marks_pk PRIMARY KEY (source_id, film_id),
    CONSTRAINT film_marks_source_id_fk FOREIGN KEY (source_id) REFERENCES film_sources (id) ON DELETE CASCADE,
    CONSTRAINT film_marks_film_id_fk FOREIGN KEY (film_id) REFERENCES films (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX film_marks_film_id ON film_marks (film_id);

CREATE TABLE mosaics (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id      TEXT NOT NULL,
    task_id        INTEGER,
    person_id      INTEGER,
    guest_hash     TEXT,
    is_shared      INTEGER NOT NULL CHECK (is_shared IN (0, 1)),  -- made from a public feed: anybody in the house may see it
    is_for_members INTEGER NOT NULL DEFAULT 0 CHECK (is_for_members IN (0, 1)),  -- its owner shows it to the household's members
    recipe_id      INTEGER,  -- it was made from this recipe
    name           TEXT NOT NULL,
    name_folded    TEXT NOT NULL,
    title          TEXT NOT NULL,
    alt            TEXT NOT NULL,
    recipe         TEXT NOT NULL,  -- JSON: what was asked, enough to make it again
    file           TEXT,  -- name in DATA/pictures; NULL: dropped for room, made again from the recipe
    sha256         TEXT NOT NULL,
    size           INTEGER NOT NULL,
    width          INTEGER NOT NULL,
    height         INTEGER NOT NULL,
    places         TEXT,  -- JSON: where in the picture each film stands; NULL: not known
    preview_width  INTEGER NOT NULL,
    preview_height INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    CONSTRAINT mosaics_task_id_fk FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE SET NULL,
    CONSTRAINT mosaics_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE,
    CONSTRAINT mosaics_recipe_id_fk FOREIGN KEY (recipe_id) REFERENCES recipes (id) ON DELETE SET NULL
) STRICT;
CREATE UNIQUE INDEX mosaics_file ON mosaics (file);
CREATE INDEX mosaics_name_folded ON mosaics (name_folded, created_at);
CREATE INDEX mosaics_person_id ON mosaics (person_id, created_at);
CREATE UNIQUE INDEX mosaics_public_id ON mosaics (public_id);
CREATE INDEX mosaics_recipe_id ON mosaics (recipe_id);
CREATE UNIQUE INDEX mosaics_task_id ON mosaics (task_id);

CREATE TABLE recipes (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id   TEXT NOT NULL,
    person_id   INTEGER NOT NULL,
    name        TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    args        TEXT NOT NULL,  -- JSON: what is asked of a mosaic, as in mosaics.recipe
    is_monthly  INTEGER NOT NULL CHECK (is_monthly IN (0, 1)),  -- made anew on the first of each month
    made_for    TEXT,  -- the month, like 2026-10, for which it was put in last by the schedule
    created_at  INTEGER NOT NULL,
    CONSTRAINT recipes_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX recipes_name_folded ON recipes (person_id, name_folded);
CREATE UNIQUE INDEX recipes_public_id ON recipes (public_id);

CREATE TABLE results (
    task_id    INTEGER NOT NULL PRIMARY KEY,
    attempt    INTEGER NOT NULL,
    body       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT results_task_id_fk FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE task_events (
    task_id INTEGER NOT NULL,
    number  INTEGER NOT NULL,  -- the events of a task lie together, in their order
    attempt INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    type    TEXT NOT NULL,
    message TEXT,
    CONSTRAINT task_events_pk PRIMARY KEY (task_id, number),
    CONSTRAINT task_events_task_id_fk FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The history writes itself: no statement that changes a status can forget it. The message
-- of an end is the task's own error_msg.
CREATE TRIGGER tasks_queued AFTER INSERT ON tasks
BEGIN
    INSERT INTO task_events (task_id, number, attempt, at, type)
         VALUES (new.id, 0, new.attempt, new.changed_at, 'queued');
END;
CREATE TRIGGER tasks_changed AFTER UPDATE OF status ON tasks WHEN new.status <> old.status
BEGIN
    INSERT INTO task_events (task_id, number, attempt, at, type, message)
         VALUES (new.id, (SELECT count(*) FROM task_events WHERE task_id = new.id),
                 new.attempt, new.changed_at,
                 CASE new.status WHEN 'PROGRESSING' THEN 'claimed'
                                 WHEN 'COMPLETE'    THEN 'complete'
                                 WHEN 'ERROR'       THEN 'error'
                                 WHEN 'CANCELLED'   THEN 'cancelled'
                                 ELSE CASE WHEN new.failures > old.failures THEN 'retry'
                                           WHEN new.crashes > old.crashes   THEN 'recovered'
                                           WHEN new.run_at > new.changed_at THEN 'retry'
                                           ELSE 'interrupted' END
                 END,
                 new.error_msg);
END;
CREATE TRIGGER tasks_cancel_asked AFTER UPDATE OF cancel_asked_at ON tasks
  WHEN new.cancel_asked_at IS NOT NULL AND old.cancel_asked_at IS NULL
   AND new.status = 'PROGRESSING'
BEGIN
    INSERT INTO task_events (task_id, number, attempt, at, type)
         VALUES (new.id, (SELECT count(*) FROM task_events WHERE task_id = new.id),
                 new.attempt, new.cancel_asked_at, 'cancel_asked');
END;

CREATE TABLE viewings (
    id             INTEGER PRIMARY KEY,
    source_id      INTEGER NOT NULL,
    film_id        INTEGER NOT NULL,
    watched_on     TEXT NOT NULL,  -- a day without a time, YYYY-MM-DD
    nth            INTEGER NOT NULL,  -- the nth of this film on this day: feed and export share no id
    logged_on      TEXT,
    half_stars     INTEGER,  -- 1 to 10; NULL: not rated
    is_rewatch     INTEGER NOT NULL CHECK (is_rewatch IN (0, 1)),
    is_liked       INTEGER NOT NULL CHECK (is_liked IN (0, 1)),
    is_uncertain   INTEGER NOT NULL CHECK (is_uncertain IN (0, 1)),  -- two films bear this title and year; the first was taken
    review         TEXT,
    tags           TEXT,
    entry_uri      TEXT,
    guid           TEXT,
    poster_address TEXT,  -- a member may choose another poster for one entry
    CONSTRAINT viewings_film_id_fk FOREIGN KEY (film_id) REFERENCES films (id) ON DELETE RESTRICT,
    CONSTRAINT viewings_source_id_fk FOREIGN KEY (source_id) REFERENCES film_sources (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX viewings_film_id ON viewings (film_id);
CREATE UNIQUE INDEX viewings_nth ON viewings (source_id, film_id, watched_on, nth);
CREATE INDEX viewings_uncertain ON viewings (source_id) WHERE is_uncertain = 1;
CREATE INDEX viewings_watched_on ON viewings (source_id, watched_on, film_id, half_stars, is_rewatch);

CREATE TABLE collection_films (
    person_id    INTEGER NOT NULL,
    film_id      INTEGER NOT NULL,
    viewings     INTEGER NOT NULL,  -- 0: marked as watched, rated or liked, on no day
    last_on      TEXT NOT NULL,  -- the last viewing's day; '': none
    half_stars   INTEGER NOT NULL,  -- what the film as such was given, else its newest rated viewing; 0: not rated
    is_liked     INTEGER NOT NULL CHECK (is_liked IN (0, 1)),
    is_rewatched INTEGER NOT NULL CHECK (is_rewatched IN (0, 1)),  -- by the number of viewings, or one says so
    CONSTRAINT collection_films_pk PRIMARY KEY (person_id, film_id),
    CONSTRAINT collection_films_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE,
    CONSTRAINT collection_films_film_id_fk FOREIGN KEY (film_id) REFERENCES films (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX collection_films_film_id ON collection_films (film_id);
CREATE INDEX collection_films_half_stars ON collection_films (person_id, half_stars);
CREATE INDEX collection_films_last_on ON collection_films (person_id, last_on);

-- A person's collection, film by film, in sums that pages can sort and count by. It keeps
-- itself: what is written into `collecting` is summed up anew, and no statement that changes
-- viewings or marks can forget to.
CREATE VIEW collecting AS SELECT person_id, film_id FROM collection_films;
CREATE TRIGGER collecting_film INSTEAD OF INSERT ON collecting
BEGIN
    DELETE FROM collection_films WHERE person_id = new.person_id AND film_id = new.film_id;
    INSERT INTO collection_films
           (person_id, film_id, viewings, last_on, half_stars, is_liked, is_rewatched)
    SELECT new.person_id, new.film_id, seen.viewings, seen.last_on,
           coalesce(said.half_stars,
                    (SELECT v.half_stars
                       FROM viewings v
                       JOIN film_sources s ON s.id = v.source_id
                      WHERE s.person_id = new.person_id
                        AND v.film_id = new.film_id
                        AND v.half_stars IS NOT NULL
                      ORDER BY v.watched_on DESC, v.nth DESC
                      LIMIT 1),
                    0),
           seen.liked + said.liked > 0,
           seen.viewings > 1 OR seen.rewatches > 0
      FROM (SELECT count(*) AS viewings,
                   coalesce(max(v.watched_on), '') AS last_on,
                   count(CASE WHEN v.is_liked THEN 1 END) AS liked,
                   count(CASE WHEN v.is_rewatch THEN 1 END) AS rewatches
              FROM film_sources s
              JOIN viewings v ON v.source_id = s.id
             WHERE s.person_id = new.person_id
               AND v.film_id = new.film_id) AS seen,
           (SELECT count(*) AS marks,
                   max(m.half_stars) AS half_stars,
                   count(CASE WHEN m.is_liked THEN 1 END) AS liked
              FROM film_sources s
              JOIN film_marks m ON m.source_id = s.id
             WHERE s.person_id = new.person_id
               AND m.film_id = new.film_id
               AND (m.watched_on IS NOT NULL OR m.half_stars IS NOT NULL OR m.is_liked)) AS said
     WHERE seen.viewings + said.marks > 0;
END;
CREATE TRIGGER viewings_added AFTER INSERT ON viewings
BEGIN
    INSERT INTO collecting
    SELECT person_id, new.film_id FROM film_sources
     WHERE id = new.source_id AND person_id IS NOT NULL;
END;
CREATE TRIGGER viewings_gone AFTER DELETE ON viewings
BEGIN
    INSERT INTO collecting
    SELECT person_id, old.film_id FROM film_sources
     WHERE id = old.source_id AND person_id IS NOT NULL;
END;
CREATE TRIGGER viewings_changed AFTER UPDATE
    OF source_id, film_id, watched_on, nth, half_stars, is_rewatch, is_liked ON viewings
BEGIN
    INSERT INTO collecting
    SELECT person_id, old.film_id FROM film_sources
     WHERE id = old.source_id AND person_id IS NOT NULL
     UNION
    SELECT person_id, new.film_id FROM film_sources
     WHERE id = new.source_id AND person_id IS NOT NULL;
END;
CREATE TRIGGER film_marks_added AFTER INSERT ON film_marks
BEGIN
    INSERT INTO collecting
    SELECT person_id, new.film_id FROM film_sources
     WHERE id = new.source_id AND person_id IS NOT NULL;
END;
CREATE TRIGGER film_marks_gone AFTER DELETE ON film_marks
BEGIN
    INSERT INTO collecting
    SELECT person_id, old.film_id FROM film_sources
     WHERE id = old.source_id AND person_id IS NOT NULL;
END;
CREATE TRIGGER film_marks_changed AFTER UPDATE
    OF source_id, film_id, watched_on, half_stars, is_liked ON film_marks
BEGIN
    INSERT INTO collecting
    SELECT person_id, old.film_id FROM film_sources
     WHERE id = old.source_id AND person_id IS NOT NULL
     UNION
    SELECT person_id, new.film_id FROM film_sources
     WHERE id = new.source_id AND person_id IS NOT NULL;
END;
CREATE TRIGGER film_sources_given AFTER UPDATE OF person_id ON film_sources
BEGIN
    INSERT INTO collecting
    SELECT p.id, films.film_id
      FROM (SELECT film_id FROM viewings   WHERE source_id = new.id
             UNION
            SELECT film_id FROM film_marks WHERE source_id = new.id) AS films,
           people p
     WHERE p.id IN (old.person_id, new.person_id);
END;
-- What goes with its source goes before it, as long as it is known whose it was. With a
-- person goes the whole collection.
CREATE TRIGGER film_sources_gone BEFORE DELETE ON film_sources
WHEN old.person_id IN (SELECT id FROM people)
BEGIN
    DELETE FROM viewings WHERE source_id = old.id;
    DELETE FROM film_marks WHERE source_id = old.id;
END;

CREATE TABLE film_list_entries (
    list_id  INTEGER NOT NULL,
    position INTEGER NOT NULL,
    film_id  INTEGER NOT NULL,
    note     TEXT,
    CONSTRAINT film_list_entries_pk PRIMARY KEY (list_id, position),
    CONSTRAINT film_list_entries_list_id_fk FOREIGN KEY (list_id) REFERENCES film_lists (id) ON DELETE CASCADE,
    CONSTRAINT film_list_entries_film_id_fk FOREIGN KEY (film_id) REFERENCES films (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX film_list_entries_film_id ON film_list_entries (film_id);

CREATE TABLE mosaic_films (
    mosaic_id  INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    film_id    INTEGER,
    record_id  INTEGER,  -- of a mosaic of records; its rating stands in half_stars
    title      TEXT NOT NULL,
    year       INTEGER,
    director   TEXT,  -- of a record: who made it
    half_stars INTEGER,
    watched_on TEXT,
    has_poster INTEGER NOT NULL CHECK (has_poster IN (0, 1)),
    album_id   INTEGER,  -- of a mosaic of plays; how often it was played stands in half_stars
    CONSTRAINT mosaic_films_pk PRIMARY KEY (mosaic_id, position),
    CONSTRAINT mosaic_films_mosaic_id_fk FOREIGN KEY (mosaic_id) REFERENCES mosaics (id) ON DELETE CASCADE,
    CONSTRAINT mosaic_films_film_id_fk FOREIGN KEY (film_id) REFERENCES films (id) ON DELETE SET NULL,
    CONSTRAINT mosaic_films_record_id_fk FOREIGN KEY (record_id) REFERENCES records (id) ON DELETE SET NULL,
    CONSTRAINT mosaic_films_album_id_fk FOREIGN KEY (album_id) REFERENCES albums (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX mosaic_films_album_id ON mosaic_films (album_id) WHERE album_id IS NOT NULL;
CREATE INDEX mosaic_films_film_id ON mosaic_films (film_id);
CREATE INDEX mosaic_films_record_id ON mosaic_films (record_id) WHERE record_id IS NOT NULL;

CREATE TABLE shelves (
    person_id     INTEGER NOT NULL PRIMARY KEY,
    credits_from  TEXT NOT NULL,  -- the day of the first Addition
    interval_days INTEGER NOT NULL,
    currency      TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    CONSTRAINT shelves_interval_days CHECK (interval_days BETWEEN 1 AND 3650),
    CONSTRAINT shelves_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE artists (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    country     TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    counts_as      INTEGER,  -- another spelling: the artist that it is
    musicbrainz_id TEXT,
    spotify_id     TEXT,
    CONSTRAINT artists_counts_as_fk FOREIGN KEY (counts_as) REFERENCES artists (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX artists_counts_as ON artists (counts_as) WHERE counts_as IS NOT NULL;
CREATE INDEX artists_musicbrainz_id ON artists (musicbrainz_id) WHERE musicbrainz_id IS NOT NULL;
CREATE UNIQUE INDEX artists_name_folded ON artists (name_folded);

CREATE TABLE genres (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX genres_name_folded ON genres (name_folded);

CREATE TABLE labels (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX labels_name_folded ON labels (name_folded);

CREATE TABLE formats (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX formats_name_folded ON formats (name_folded);

CREATE TABLE records (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id        INTEGER NOT NULL,
    title            TEXT NOT NULL,
    title_folded     TEXT NOT NULL,  -- this and the next four repeat title, links and ratings, for sorting and finding
    artist           TEXT NOT NULL,
    artist_folded    TEXT NOT NULL,
    label            TEXT NOT NULL,
    words            TEXT NOT NULL,  -- title, artist and label, folded, a line each
    year             INTEGER,
    genre_id         INTEGER NOT NULL,
    format_id        INTEGER NOT NULL,
    colour           TEXT,
    edition          TEXT,
    copy_number      TEXT,
    catalogue_number TEXT,
    barcode          TEXT,
    remarks          TEXT,
    media_condition  TEXT,
    sleeve_condition TEXT,
    folder           TEXT,
    purchased_on     TEXT NOT NULL,
    price            INTEGER,  -- in hundredths of the currency; NULL: nobody knows
    currency         TEXT NOT NULL,
    rating           INTEGER NOT NULL,  -- the newest of ratings; 0: not rated
    review           TEXT,
    is_digitised     INTEGER NOT NULL CHECK (is_digitised IN (0, 1)),
    is_active        INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    removed_on       TEXT,
    discogs_id       INTEGER,
    discogs_key      TEXT,  -- a copy in a Discogs collection: release, when it was added, which of several
    musicbrainz_id   TEXT,
    cover_sha256     TEXT,  -- the file in DATA/covers
    cover_address    TEXT,  -- where Discogs said that a cover is
    cover_asked_at   INTEGER,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    CONSTRAINT records_price CHECK (price >= 0),
    CONSTRAINT records_rating CHECK (rating BETWEEN 0 AND 10),
    CONSTRAINT records_genre_id_fk FOREIGN KEY (genre_id) REFERENCES genres (id) ON DELETE RESTRICT,
    CONSTRAINT records_format_id_fk FOREIGN KEY (format_id) REFERENCES formats (id) ON DELETE RESTRICT,
    CONSTRAINT records_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX records_cover_sha256 ON records (cover_sha256) WHERE cover_sha256 IS NOT NULL;
CREATE INDEX records_created_at ON records (person_id, created_at);
CREATE INDEX records_discogs_id ON records (discogs_id) WHERE discogs_id IS NOT NULL;
CREATE UNIQUE INDEX records_discogs_key ON records (person_id, discogs_key) WHERE discogs_key IS NOT NULL;
-- All that figures are counted by: they read this, and no record.
CREATE INDEX records_figures ON records (
    person_id, is_active, rating, purchased_on, genre_id, format_id, year, currency, price
);
CREATE INDEX records_format_id ON records (format_id, person_id);
CREATE INDEX records_genre_id ON records (genre_id, person_id);
CREATE INDEX records_purchased_on ON records (person_id, purchased_on);
CREATE INDEX records_title_folded ON records (person_id, title_folded);

CREATE TABLE record_artists (
    record_id INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    artist_id INTEGER NOT NULL,
    CONSTRAINT record_artists_pk PRIMARY KEY (record_id, position),
    CONSTRAINT record_artists_artist_id_fk FOREIGN KEY (artist_id) REFERENCES artists (id) ON DELETE RESTRICT,
    CONSTRAINT record_artists_record_id_fk FOREIGN KEY (record_id) REFERENCES records (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX record_artists_artist_id ON record_artists (artist_id, record_id);

CREATE TABLE record_labels (
    record_id INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    label_id  INTEGER NOT NULL,
    CONSTRAINT record_labels_pk PRIMARY KEY (record_id, position),
    CONSTRAINT record_labels_label_id_fk FOREIGN KEY (label_id) REFERENCES labels (id) ON DELETE RESTRICT,
    CONSTRAINT record_labels_record_id_fk FOREIGN KEY (record_id) REFERENCES records (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX record_labels_label_id ON record_labels (label_id, record_id);

CREATE TABLE ratings (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    record_id  INTEGER NOT NULL,
    value      INTEGER NOT NULL,
    rated_on   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT ratings_value CHECK (value BETWEEN 1 AND 10),
    CONSTRAINT ratings_record_id_fk FOREIGN KEY (record_id) REFERENCES records (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX ratings_record_id ON ratings (record_id, rated_on, id, value);

CREATE TABLE songs (
    record_id    INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    position     TEXT,
    title        TEXT NOT NULL,
    seconds      INTEGER,
    is_favourite INTEGER NOT NULL CHECK (is_favourite IN (0, 1)),
    CONSTRAINT songs_pk PRIMARY KEY (record_id, seq),
    CONSTRAINT songs_record_id_fk FOREIGN KEY (record_id) REFERENCES records (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE credit_transactions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id   INTEGER NOT NULL,
    booked_on   TEXT NOT NULL,
    kind        TEXT NOT NULL,
    value       INTEGER NOT NULL,
    record_id   INTEGER,
    record_text TEXT,  -- what it was for, also when the record is gone
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    CONSTRAINT credit_transactions_kind CHECK (
        kind = 'Initial Load' AND (record_text IS NULL OR value = 0)
     OR kind = 'Purchase' AND value IN (-1, 0) AND record_text IS NOT NULL
     OR kind = 'Addition' AND value = 1 AND record_id IS NULL AND record_text IS NULL
     OR kind = 'Remove' AND value IN (0, 1) AND record_text IS NOT NULL
    ),
    CONSTRAINT credit_transactions_text CHECK (record_id IS NULL OR record_text IS NOT NULL),
    CONSTRAINT credit_transactions_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE,
    CONSTRAINT credit_transactions_record_id_fk FOREIGN KEY (record_id) REFERENCES records (id) ON DELETE SET NULL
) STRICT;
CREATE UNIQUE INDEX credit_transactions_addition ON credit_transactions (person_id, booked_on) WHERE kind = 'Addition';
CREATE INDEX credit_transactions_booked_on ON credit_transactions (person_id, booked_on, id, value);
CREATE INDEX credit_transactions_record_id ON credit_transactions (record_id) WHERE record_id IS NOT NULL;

CREATE TABLE record_turns (
    person_id  INTEGER NOT NULL,
    day        TEXT NOT NULL,
    nth        INTEGER NOT NULL,
    round      INTEGER NOT NULL,  -- in each, every active record has one turn
    record_id  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT record_turns_pk PRIMARY KEY (person_id, day, nth),
    CONSTRAINT record_turns_record_id_fk FOREIGN KEY (record_id) REFERENCES records (id) ON DELETE CASCADE,
    CONSTRAINT record_turns_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX record_turns_record_id ON record_turns (record_id);

CREATE TABLE shelf_imports (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id  TEXT NOT NULL,
    person_id  INTEGER NOT NULL,
    source     TEXT NOT NULL,
    file_name  TEXT NOT NULL,
    counts     TEXT,  -- JSON; NULL: it has not ended
    cursor     TEXT,  -- JSON: where a long one goes on
    created_at INTEGER NOT NULL,
    undone_at  INTEGER,
    CONSTRAINT shelf_imports_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX shelf_imports_person_id ON shelf_imports (person_id, id);
CREATE UNIQUE INDEX shelf_imports_public_id ON shelf_imports (public_id);

CREATE TABLE record_changes (
    import_id   INTEGER NOT NULL,
    record_id   INTEGER NOT NULL,  -- no foreign key: an undo counts what is gone
    before      TEXT,  -- JSON: the whole record; NULL: it was added
    fingerprint TEXT NOT NULL,
    CONSTRAINT record_changes_pk PRIMARY KEY (import_id, record_id),
    CONSTRAINT record_changes_import_id_fk FOREIGN KEY (import_id) REFERENCES shelf_imports (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE record_origins (
    record_id INTEGER NOT NULL,
    source    TEXT NOT NULL,  -- discogs, csv
    row_key   TEXT,  -- what a row of a table is known by
    said      TEXT NOT NULL,  -- JSON: what it said last of what may change there
    CONSTRAINT record_origins_pk PRIMARY KEY (record_id, source),
    CONSTRAINT record_origins_record_id_fk FOREIGN KEY (record_id) REFERENCES records (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX record_origins_row_key ON record_origins (row_key) WHERE row_key IS NOT NULL;

CREATE TABLE linked_accounts (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id  INTEGER NOT NULL,
    provider   TEXT NOT NULL,
    name       TEXT NOT NULL,
    secret     TEXT NOT NULL,  -- encrypted; the key is outside the database
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT linked_accounts_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX linked_accounts_provider ON linked_accounts (person_id, provider);

CREATE TABLE listeners (
    person_id  INTEGER NOT NULL PRIMARY KEY,
    rule       TEXT NOT NULL,  -- what counts: 'all', '30s', 'half', 'end'
    is_joint   INTEGER NOT NULL CHECK (is_joint IN (0, 1)),  -- part of the household's charts
    is_shared  INTEGER NOT NULL CHECK (is_shared IN (0, 1)),  -- members see theirs
    is_public  INTEGER NOT NULL CHECK (is_public IN (0, 1)),  -- whoever reaches the house may read theirs by players' protocols
    version    INTEGER NOT NULL,  -- rises whenever their numbers may be others: caches hold it
    created_at INTEGER NOT NULL,
    CONSTRAINT listeners_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE albums (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    title          TEXT NOT NULL,
    title_folded   TEXT NOT NULL,
    credit         TEXT NOT NULL,  -- its artists in words
    artist_id      INTEGER,
    names_key      TEXT NOT NULL,  -- folded artist and title: what tells it from every other
    counts_as      INTEGER,  -- another spelling: the album that it is
    musicbrainz_id TEXT,
    spotify_id     TEXT,
    cover_address  TEXT,  -- where a source said that its cover is
    cover_sha256   TEXT,  -- its picture, in DATA/posters
    cover_asked_at INTEGER,
    created_at     INTEGER NOT NULL,
    CONSTRAINT albums_artist_id_fk FOREIGN KEY (artist_id) REFERENCES artists (id) ON DELETE SET NULL,
    CONSTRAINT albums_counts_as_fk FOREIGN KEY (counts_as) REFERENCES albums (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX albums_artist_id ON albums (artist_id);
CREATE INDEX albums_counts_as ON albums (counts_as) WHERE counts_as IS NOT NULL;
CREATE INDEX albums_cover_sha256 ON albums (cover_sha256) WHERE cover_sha256 IS NOT NULL;
CREATE UNIQUE INDEX albums_names_key ON albums (names_key);
CREATE INDEX albums_title_folded ON albums (title_folded);

CREATE TABLE tracks (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT NOT NULL,  -- 'music', 'podcast' or 'audiobook'
    title        TEXT NOT NULL,
    title_folded TEXT NOT NULL,
    credit       TEXT NOT NULL,  -- its artists in words
    song_key     TEXT NOT NULL,  -- the title without what editions add, folded: sources are compared by it
    msid         TEXT NOT NULL,  -- UUIDv5 of the folded names: what clients of ListenBrainz name it by
    album_id     INTEGER,
    counts_as    INTEGER,  -- another spelling: the track that it is
    duration_ms  INTEGER,  -- the shortest that any play says
    created_at   INTEGER NOT NULL,
    CONSTRAINT tracks_counts_as_fk FOREIGN KEY (counts_as) REFERENCES tracks (id) ON DELETE SET NULL,
    CONSTRAINT tracks_album_id_fk FOREIGN KEY (album_id) REFERENCES albums (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX tracks_album_id ON tracks (album_id) WHERE album_id IS NOT NULL;
CREATE INDEX tracks_counts_as ON tracks (counts_as) WHERE counts_as IS NOT NULL;
CREATE UNIQUE INDEX tracks_msid ON tracks (msid);
CREATE INDEX tracks_title_folded ON tracks (title_folded);

CREATE TABLE track_artists (
    track_id  INTEGER NOT NULL,
    position  INTEGER NOT NULL,  -- 0: the primary artist
    artist_id INTEGER NOT NULL,
    CONSTRAINT track_artists_pk PRIMARY KEY (track_id, position),
    CONSTRAINT track_artists_artist_id_fk FOREIGN KEY (artist_id) REFERENCES artists (id) ON DELETE RESTRICT,
    CONSTRAINT track_artists_track_id_fk FOREIGN KEY (track_id) REFERENCES tracks (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX track_artists_artist_id ON track_artists (artist_id);

CREATE TABLE track_names (
    scheme   TEXT NOT NULL,  -- 'spotify', 'isrc' or 'mbid'
    value    TEXT NOT NULL,
    track_id INTEGER NOT NULL,
    CONSTRAINT track_names_pk PRIMARY KEY (scheme, value, track_id),
    CONSTRAINT track_names_track_id_fk FOREIGN KEY (track_id) REFERENCES tracks (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX track_names_track_id ON track_names (track_id);

CREATE TABLE artist_genres (
    artist_id INTEGER NOT NULL,
    genre_id  INTEGER NOT NULL,
    CONSTRAINT artist_genres_pk PRIMARY KEY (artist_id, genre_id),
    CONSTRAINT artist_genres_artist_id_fk FOREIGN KEY (artist_id) REFERENCES artists (id) ON DELETE CASCADE,
    CONSTRAINT artist_genres_genre_id_fk FOREIGN KEY (genre_id) REFERENCES genres (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX artist_genres_genre_id ON artist_genres (genre_id);

CREATE TABLE play_contexts (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    digest         TEXT NOT NULL,  -- of all that follows: plays that have it in common share a row
    client         TEXT,  -- sent it; player played it, service had it
    client_version TEXT,
    player         TEXT,
    service        TEXT,
    platform       TEXT,
    country        TEXT,
    reason_start   TEXT,
    reason_end     TEXT,
    is_shuffled    INTEGER CHECK (is_shuffled IN (0, 1)),
    is_skipped     INTEGER CHECK (is_skipped IN (0, 1)),
    is_offline     INTEGER CHECK (is_offline IN (0, 1)),
    is_private     INTEGER CHECK (is_private IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX play_contexts_digest ON play_contexts (digest);

CREATE TABLE play_imports (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id  TEXT NOT NULL,
    person_id  INTEGER NOT NULL,
    file_name  TEXT NOT NULL,
    counts     TEXT,  -- JSON; NULL: it has not ended
    created_at INTEGER NOT NULL,
    undone_at  INTEGER,
    CONSTRAINT play_imports_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX play_imports_person_id ON play_imports (person_id, id);
CREATE UNIQUE INDEX play_imports_public_id ON play_imports (public_id);

CREATE TABLE play_edits (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id  TEXT NOT NULL,
    person_id  INTEGER NOT NULL,
    kind       TEXT NOT NULL,  -- 'add', 'change', 'delete', 'not-me', 'merge-artists', 'merge-albums', 'merge-tracks', 'spin'
    said       TEXT NOT NULL,  -- in words, for the list
    plays      INTEGER NOT NULL,
    before     TEXT,  -- JSON: which plays or names are meant, how far it is, what an undo needs
    created_at INTEGER NOT NULL,
    undone_at  INTEGER,
    CONSTRAINT play_edits_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX play_edits_person_id ON play_edits (person_id, id);
CREATE UNIQUE INDEX play_edits_public_id ON play_edits (public_id);

CREATE TABLE plays (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id    INTEGER NOT NULL,
    started_at   INTEGER NOT NULL,
    ended_at     INTEGER,  -- only where the source tells the end
    ms_played    INTEGER,  -- as the source says
    ms           INTEGER NOT NULL,  -- what is summed up, by another source or the track's length where this one says nothing
    duration_ms  INTEGER,  -- of the track, as the source says
    track_id     INTEGER NOT NULL,
    source       INTEGER NOT NULL,  -- a number of core.plays, as are standing and mark
    standing     INTEGER NOT NULL,
    day          INTEGER NOT NULL,  -- YYYYMMDD, in the person's zone
    hour_of_week INTEGER NOT NULL,  -- 0 to 167 from Monday midnight, in the person's zone
    row_key      INTEGER NOT NULL,  -- what tells the row at its source, hashed: the same again adds nothing
    context_id   INTEGER,
    import_id    INTEGER,
    duplicate_of INTEGER,  -- the play that counts instead
    mark         INTEGER,
    marked_by    INTEGER,  -- the edit that marked it
    made_by      INTEGER,  -- the edit that put it in
    raw          TEXT,  -- JSON: what the source says and no column holds
    CONSTRAINT plays_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE,
    CONSTRAINT plays_import_id_fk FOREIGN KEY (import_id) REFERENCES play_imports (id) ON DELETE SET NULL,
    CONSTRAINT plays_marked_by_fk FOREIGN KEY (marked_by) REFERENCES play_edits (id) ON DELETE SET NULL,
    CONSTRAINT plays_duplicate_of_fk FOREIGN KEY (duplicate_of) REFERENCES plays (id) ON DELETE SET NULL,
    CONSTRAINT plays_made_by_fk FOREIGN KEY (made_by) REFERENCES play_edits (id) ON DELETE SET NULL,
    CONSTRAINT plays_track_id_fk FOREIGN KEY (track_id) REFERENCES tracks (id) ON DELETE RESTRICT,
    CONSTRAINT plays_context_id_fk FOREIGN KEY (context_id) REFERENCES play_contexts (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX plays_duplicate_of ON plays (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX plays_import_id ON plays (import_id) WHERE import_id IS NOT NULL;
CREATE INDEX plays_made_by ON plays (made_by) WHERE made_by IS NOT NULL;
CREATE INDEX plays_marked_by ON plays (marked_by) WHERE marked_by IS NOT NULL;
CREATE UNIQUE INDEX plays_row_key ON plays (person_id, row_key);
CREATE INDEX plays_started_at ON plays (person_id, started_at, standing, source, track_id, ms);
CREATE INDEX plays_track_id ON plays (track_id, person_id, standing, started_at);

CREATE TABLE play_sums (
    whose INTEGER NOT NULL,  -- a person's id, or 0: the household
    kind  INTEGER NOT NULL,  -- a number of database.play_sums
    span  INTEGER NOT NULL,  -- 0 for ever, YYYY a year, YYYYMM a month
    item  INTEGER NOT NULL,  -- an id, a day or an hour of the week
    plays INTEGER NOT NULL,
    ms    INTEGER NOT NULL,
    CONSTRAINT play_sums_pk PRIMARY KEY (whose, kind, span, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX play_sums_empty ON play_sums (plays) WHERE plays = 0;
CREATE INDEX play_sums_plays ON play_sums (whose, kind, plays) WHERE span = 0;

CREATE TABLE play_tallies (
    person_id    INTEGER NOT NULL,
    month        INTEGER NOT NULL,  -- YYYYMM
    source       INTEGER NOT NULL,
    import_id    INTEGER NOT NULL,  -- 0: none; so with context_id
    context_id   INTEGER NOT NULL,
    standing     INTEGER NOT NULL,
    is_estimated INTEGER NOT NULL,  -- the source does not say how long it was played
    plays        INTEGER NOT NULL,
    ms           INTEGER NOT NULL,
    CONSTRAINT play_tallies_pk PRIMARY KEY (person_id, month, source, import_id, context_id, standing, is_estimated),
    CONSTRAINT play_tallies_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX play_tallies_empty ON play_tallies (plays) WHERE plays = 0;

CREATE TABLE house_versions (
    id      INTEGER NOT NULL PRIMARY KEY,  -- always 1
    version INTEGER NOT NULL  -- each change of plays raises it first: on PostgreSQL the others wait here
) STRICT;

CREATE TABLE play_routes (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id    INTEGER NOT NULL,
    to_person_id INTEGER NOT NULL,  -- the child
    words        TEXT NOT NULL,  -- part of the client's, player's or platform's name, folded; '': any
    from_hour    INTEGER NOT NULL,  -- in the person's zone, to before until_hour; over midnight too
    until_hour   INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    CONSTRAINT play_routes_to_person_id_fk FOREIGN KEY (to_person_id) REFERENCES people (id) ON DELETE CASCADE,
    CONSTRAINT play_routes_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX play_routes_person_id ON play_routes (person_id);
CREATE INDEX play_routes_to_person_id ON play_routes (to_person_id);

CREATE TABLE now_playing (
    person_id INTEGER NOT NULL PRIMARY KEY,
    said      TEXT NOT NULL,  -- JSON: names and what the player says beside them
    client    TEXT NOT NULL,
    since     INTEGER NOT NULL,
    until     INTEGER NOT NULL,  -- over then, whatever comes
    CONSTRAINT now_playing_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE feedback (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id  INTEGER NOT NULL,
    msid       TEXT,  -- of the recording, or its mbid, or both
    mbid       TEXT,
    score      INTEGER NOT NULL,  -- 1 loved, -1 hated
    created_at INTEGER NOT NULL,
    CONSTRAINT feedback_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX feedback_mbid ON feedback (person_id, mbid) WHERE mbid IS NOT NULL;
CREATE UNIQUE INDEX feedback_msid ON feedback (person_id, msid) WHERE msid IS NOT NULL;

CREATE TABLE latest_imports (
    person_id INTEGER NOT NULL,
    service   TEXT NOT NULL,
    seconds   INTEGER NOT NULL,  -- how far a client has brought plays of the service: it asks, and goes on there
    CONSTRAINT latest_imports_pk PRIMARY KEY (person_id, service),
    CONSTRAINT latest_imports_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE scrobble_sessions (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id    INTEGER NOT NULL,
    token_id     INTEGER,  -- that let it in; NULL: the person did
    protocol     TEXT NOT NULL,  -- 'lastfm' or 'audioscrobbler'
    client       TEXT NOT NULL,
    secret_hash  TEXT NOT NULL,  -- sha256 of its key
    handshake    INTEGER,  -- of Audioscrobbler: the second it was asked with; each serves once
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    CONSTRAINT scrobble_sessions_token_id_fk FOREIGN KEY (token_id) REFERENCES tokens (id) ON DELETE CASCADE,
    CONSTRAINT scrobble_sessions_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX scrobble_sessions_handshake ON scrobble_sessions (token_id, handshake) WHERE handshake IS NOT NULL;
CREATE INDEX scrobble_sessions_person_id ON scrobble_sessions (person_id);
CREATE UNIQUE INDEX scrobble_sessions_secret_hash ON scrobble_sessions (secret_hash);

CREATE TABLE scrobble_grants (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash TEXT NOT NULL,  -- sha256 of what the player shows
    api_key    TEXT NOT NULL,
    person_id  INTEGER,  -- who has let it in; NULL: it waits
    created_at INTEGER NOT NULL,
    CONSTRAINT scrobble_grants_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX scrobble_grants_token_hash ON scrobble_grants (token_hash);

CREATE TABLE relayed_plays (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id  INTEGER NOT NULL,
    provider   TEXT NOT NULL,
    said       TEXT NOT NULL,  -- JSON, as the service takes it
    tries      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT relayed_plays_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX relayed_plays_due ON relayed_plays (person_id, provider, id);

CREATE TABLE relays (
    person_id  INTEGER NOT NULL,
    provider   TEXT NOT NULL,
    is_stopped INTEGER NOT NULL CHECK (is_stopped IN (0, 1)),  -- until it is linked anew
    sent       INTEGER NOT NULL,
    refused    INTEGER NOT NULL,
    sent_at    INTEGER,
    said       TEXT,  -- why it does not go on
    created_at INTEGER NOT NULL,
    CONSTRAINT relays_pk PRIMARY KEY (person_id, provider),
    CONSTRAINT relays_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE record_albums (
    record_id INTEGER NOT NULL,
    album_id  INTEGER NOT NULL,
    is_same   INTEGER NOT NULL CHECK (is_same IN (0, 1)),  -- 0: a person said that it is not
    CONSTRAINT record_albums_pk PRIMARY KEY (record_id, album_id),
    CONSTRAINT record_albums_record_id_fk FOREIGN KEY (record_id) REFERENCES records (id) ON DELETE CASCADE,
    CONSTRAINT record_albums_album_id_fk FOREIGN KEY (album_id) REFERENCES albums (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX record_albums_album_id ON record_albums (album_id);

CREATE TABLE grants (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id         INTEGER NOT NULL,
    provider          TEXT NOT NULL,
    subject           TEXT NOT NULL,  -- what the provider knows the account by for ever; never an e-mail address
    subject_name      TEXT NOT NULL,
    scopes            TEXT NOT NULL,  -- as the provider gave them, a space between
    secret            TEXT,  -- both tokens, sealed together with what this row is; NULL: consent has ended
    access_expires_at INTEGER NOT NULL,
    authorised_at     INTEGER NOT NULL,
    reconnect_by      INTEGER,  -- when consent ends by itself; NULL: not known
    version           INTEGER NOT NULL,  -- one more with each change of the tokens: what an older one led to is not kept
    lease_by          TEXT,  -- who renews it at the moment
    lease_until       INTEGER,
    status            TEXT NOT NULL,
    last_error        TEXT,
    profile           TEXT,  -- JSON: what the provider tells of the account, counters among it
    profile_at        INTEGER,
    created_at        INTEGER NOT NULL,
    CONSTRAINT grants_status CHECK (status IN ('OK', 'RECONNECT')),
    CONSTRAINT grants_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX grants_person_id ON grants (person_id, provider);
CREATE UNIQUE INDEX grants_subject ON grants (provider, subject);

CREATE TABLE oauth_transactions (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    state_hash   TEXT NOT NULL,
    browser_hash TEXT NOT NULL,  -- of what the cookie of the browser holds that set out
    person_id    INTEGER,  -- NULL: somebody who logs in, nobody yet
    provider     TEXT NOT NULL,
    purpose      TEXT NOT NULL,  -- 'link', 'reconnect', 'scopes' or 'login'
    verifier     TEXT NOT NULL,  -- sealed
    scopes       TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    next_path    TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER,  -- it is good once
    CONSTRAINT oauth_transactions_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX oauth_transactions_expires_at ON oauth_transactions (expires_at);
CREATE UNIQUE INDEX oauth_transactions_state_hash ON oauth_transactions (state_hash);

CREATE TABLE device_flows (
    person_id        INTEGER NOT NULL,
    provider         TEXT NOT NULL,
    device_code      TEXT,  -- sealed; once it was entered, the tokens in its place
    user_code        TEXT,  -- what the person types in; NULL: there is none yet, or it was entered
    address          TEXT,  -- where it is typed in
    scopes           TEXT NOT NULL,
    interval_seconds INTEGER NOT NULL,
    task_id          TEXT NOT NULL,  -- public_id of the task that asks whether it was entered
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER,
    CONSTRAINT device_flows_pk PRIMARY KEY (person_id, provider),
    CONSTRAINT device_flows_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE provider_paces (
    provider   TEXT NOT NULL,
    free_at    INTEGER NOT NULL,  -- when the next turn is
    rest_until INTEGER,  -- nobody of the house asks before
    said       TEXT,  -- why it rests
    day        TEXT NOT NULL,  -- of calls, in UTC
    calls      INTEGER NOT NULL,
    CONSTRAINT provider_paces_pk PRIMARY KEY (provider)
) STRICT, WITHOUT ROWID;

CREATE TABLE notifications (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id       INTEGER NOT NULL,
    task_id         TEXT NOT NULL,  -- public_id: a notification outlives its task
    type            TEXT NOT NULL,  -- 'task_started', 'task_complete', 'task_failed': the trigger below says the last two
    resource        TEXT NOT NULL,  -- 'playlist', 'album', 'track', 'artist', 'library'
    resource_id     TEXT,  -- NULL: a whole library
    operation       TEXT NOT NULL,  -- 'sync', 'analyze', 'full_sync'
    extras          TEXT NOT NULL,  -- JSON: which parts of a library were synced, where not all
    error_msg       TEXT,
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    acknowledged_at INTEGER,
    CONSTRAINT notifications_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX notifications_new ON notifications (person_id) WHERE acknowledged_at IS NULL;
CREATE INDEX notifications_person_id ON notifications (person_id, id);
CREATE UNIQUE INDEX notifications_task_id ON notifications (task_id);
CREATE TRIGGER tasks_told AFTER UPDATE OF status ON tasks
  WHEN new.status <> old.status AND new.status IN ('COMPLETE', 'ERROR', 'CANCELLED')
BEGIN
    UPDATE notifications
       SET type            = CASE new.status WHEN 'COMPLETE' THEN 'task_complete'
                                             ELSE 'task_failed' END,
           error_msg       = CASE new.status WHEN 'ERROR'     THEN new.error_msg
                                             WHEN 'CANCELLED' THEN 'Cancelled.' END,
           changed_at      = new.finished_at,
           acknowledged_at = NULL
     WHERE task_id = new.public_id;
END;

CREATE TABLE library_artists (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    spotify_id    TEXT,
    name          TEXT NOT NULL,
    name_folded   TEXT NOT NULL,
    followers     INTEGER,
    genres        TEXT,  -- JSON list; NULL: not said
    image_address TEXT,
    image_at      INTEGER,  -- when its picture was fetched or tried; NULL: to be fetched
    image_sha256  TEXT,  -- the picture that is kept
    details_at    INTEGER,  -- when its genres and picture were asked for
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX library_artists_image_sha256 ON library_artists (image_sha256) WHERE image_sha256 IS NOT NULL;
CREATE INDEX library_artists_name_folded ON library_artists (name_folded);
CREATE UNIQUE INDEX library_artists_spotify_id ON library_artists (spotify_id) WHERE spotify_id IS NOT NULL;

CREATE TABLE library_albums (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    spotify_id    TEXT,  -- NULL: came in a file
    name          TEXT NOT NULL,
    name_folded   TEXT NOT NULL,
    names_key     TEXT NOT NULL,  -- of folded artists and name: the same album of a file
    credit        TEXT NOT NULL,  -- its artists in words
    kind          TEXT,  -- 'album', 'single', 'compilation'
    label         TEXT,
    copyright     TEXT,
    released      TEXT,  -- YYYY, YYYY-MM or YYYY-MM-DD
    release_year  INTEGER,
    tracks_total  INTEGER,
    genres        TEXT,
    image_address TEXT,
    image_at      INTEGER,
    image_sha256  TEXT,
    synced_at     INTEGER,  -- when all its tracks were here; NULL: never
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX library_albums_image_sha256 ON library_albums (image_sha256) WHERE image_sha256 IS NOT NULL;
CREATE INDEX library_albums_name_folded ON library_albums (name_folded);
CREATE INDEX library_albums_names_key ON library_albums (names_key);
CREATE UNIQUE INDEX library_albums_spotify_id ON library_albums (spotify_id) WHERE spotify_id IS NOT NULL;

CREATE TABLE library_album_artists (
    album_id  INTEGER NOT NULL,
    position  INTEGER NOT NULL,  -- 0: the primary artist
    artist_id INTEGER NOT NULL,
    CONSTRAINT library_album_artists_pk PRIMARY KEY (album_id, position),
    CONSTRAINT library_album_artists_album_id_fk FOREIGN KEY (album_id) REFERENCES library_albums (id) ON DELETE CASCADE,
    CONSTRAINT library_album_artists_artist_id_fk FOREIGN KEY (artist_id) REFERENCES library_artists (id) ON DELETE RESTRICT
) STRICT, WITHOUT ROWID;
CREATE INDEX library_album_artists_artist_id ON library_album_artists (artist_id);

CREATE TABLE library_tracks (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    spotify_id    TEXT,  -- NULL: came in a file
    isrc          TEXT,
    name          TEXT NOT NULL,
    name_folded   TEXT NOT NULL,
    names_key     TEXT NOT NULL,  -- of folded artists, name and album: one row each of a file
    credit        TEXT NOT NULL,  -- its artists in words
    artist_folded TEXT NOT NULL,  -- this and song_key: as listening compares tracks
    song_key      TEXT NOT NULL,
    duration_ms   INTEGER,
    album_id      INTEGER,
    disc          INTEGER,
    number        INTEGER,
    is_explicit   INTEGER CHECK (is_explicit IN (0, 1)),  -- NULL: not said
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    CONSTRAINT library_tracks_album_id_fk FOREIGN KEY (album_id) REFERENCES library_albums (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX library_tracks_album_id ON library_tracks (album_id) WHERE album_id IS NOT NULL;
CREATE INDEX library_tracks_isrc ON library_tracks (isrc) WHERE isrc IS NOT NULL;
CREATE INDEX library_tracks_name_folded ON library_tracks (name_folded);
CREATE UNIQUE INDEX library_tracks_names_key ON library_tracks (names_key) WHERE spotify_id IS NULL;
CREATE INDEX library_tracks_song_key ON library_tracks (song_key, artist_folded);
CREATE UNIQUE INDEX library_tracks_spotify_id ON library_tracks (spotify_id) WHERE spotify_id IS NOT NULL;

CREATE TABLE library_track_artists (
    track_id  INTEGER NOT NULL,
    position  INTEGER NOT NULL,  -- 0: the primary artist
    artist_id INTEGER NOT NULL,
    CONSTRAINT library_track_artists_pk PRIMARY KEY (track_id, position),
    CONSTRAINT library_track_artists_track_id_fk FOREIGN KEY (track_id) REFERENCES library_tracks (id) ON DELETE CASCADE,
    CONSTRAINT library_track_artists_artist_id_fk FOREIGN KEY (artist_id) REFERENCES library_artists (id) ON DELETE RESTRICT
) STRICT, WITHOUT ROWID;
CREATE INDEX library_track_artists_artist_id ON library_track_artists (artist_id);

CREATE TABLE library_imports (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id  TEXT NOT NULL,
    person_id  INTEGER NOT NULL,
    file_name  TEXT NOT NULL,
    counts     TEXT,  -- JSON: what it brought; NULL: not ended
    created_at INTEGER NOT NULL,
    undone_at  INTEGER,
    CONSTRAINT library_imports_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX library_imports_person_id ON library_imports (person_id, id);
CREATE UNIQUE INDEX library_imports_public_id ON library_imports (public_id);

CREATE TABLE library_statements (
    kind      TEXT NOT NULL,  -- features, playlist, track, album, artist
    item_id   INTEGER NOT NULL,  -- a track, a playlist, or whose list it is
    import_id INTEGER NOT NULL,
    said      TEXT NOT NULL,  -- JSON
    CONSTRAINT library_statements_pk PRIMARY KEY (kind, item_id, import_id),
    CONSTRAINT library_statements_import_id_fk FOREIGN KEY (import_id) REFERENCES library_imports (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX library_statements_import_id ON library_statements (import_id, kind, item_id);

CREATE TABLE playlists (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    spotify_id       TEXT,  -- NULL: came in a file
    person_id        INTEGER,  -- whose alone it is, of one out of a file; who has one of Spotify's, library_items says
    import_id        INTEGER,  -- NULL, too, once the import is forgotten
    name             TEXT NOT NULL,
    name_folded      TEXT NOT NULL,
    snapshot         TEXT,  -- version of what is stored
    told_snapshot    TEXT,  -- version that Spotify's list of playlists names: as snapshot, nothing is to be read
    is_public        INTEGER CHECK (is_public IN (0, 1)),  -- NULL: not said
    is_collaborative INTEGER NOT NULL CHECK (is_collaborative IN (0, 1)),
    description      TEXT,
    owner_id         TEXT,
    owner_name       TEXT,
    tracks_total     INTEGER,  -- as told, with what is left out here
    num_tracks       INTEGER NOT NULL,  -- stored in playlist_tracks
    skipped          TEXT,  -- JSON: how many entries were left out, by why
    problem          TEXT,  -- why it cannot be read
    image_address    TEXT,
    image_at         INTEGER,
    image_sha256     TEXT,
    synced_at        INTEGER,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    CONSTRAINT playlists_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE,
    CONSTRAINT playlists_import_id_fk FOREIGN KEY (import_id) REFERENCES library_imports (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX playlists_image_sha256 ON playlists (image_sha256) WHERE image_sha256 IS NOT NULL;
CREATE INDEX playlists_import_id ON playlists (import_id) WHERE import_id IS NOT NULL;
CREATE INDEX playlists_name_folded ON playlists (name_folded);
CREATE INDEX playlists_person_id ON playlists (person_id) WHERE person_id IS NOT NULL;
CREATE UNIQUE INDEX playlists_spotify_id ON playlists (spotify_id) WHERE spotify_id IS NOT NULL;

CREATE TABLE playlist_tracks (
    playlist_id INTEGER NOT NULL,
    position    INTEGER NOT NULL,  -- from 0, without holes
    track_id    INTEGER NOT NULL,
    added_at    INTEGER,
    added_by    TEXT,  -- an id at Spotify
    CONSTRAINT playlist_tracks_pk PRIMARY KEY (playlist_id, position),
    CONSTRAINT playlist_tracks_playlist_id_fk FOREIGN KEY (playlist_id) REFERENCES playlists (id) ON DELETE CASCADE,
    CONSTRAINT playlist_tracks_track_id_fk FOREIGN KEY (track_id) REFERENCES library_tracks (id) ON DELETE RESTRICT
) STRICT, WITHOUT ROWID;
CREATE INDEX playlist_tracks_track_id ON playlist_tracks (track_id);

CREATE TABLE library_items (
    person_id INTEGER NOT NULL,
    kind      TEXT NOT NULL,  -- 'playlist', 'track', 'album', 'artist', or 'top-tracks:short_term' and the like
    origin    TEXT NOT NULL,  -- 'spotify' or 'file': a sync replaces its own alone; or 'asked', for by name
    position  INTEGER NOT NULL,
    item_id   INTEGER NOT NULL,  -- of the table that kind is of
    added_at  INTEGER,
    CONSTRAINT library_items_pk PRIMARY KEY (person_id, kind, origin, position),
    CONSTRAINT library_items_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX library_items_item_id ON library_items (kind, item_id, person_id);

CREATE TABLE listings (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id  INTEGER NOT NULL,
    name       TEXT NOT NULL,  -- 'playlists', 'tracks', 'playlist:ID', 'album:ID', 'top-tracks:short_term' …
    version    TEXT,  -- of what is read: of another one reading begins anew
    cursor     TEXT,  -- where the next page begins; NULL: read to its end
    total      INTEGER,
    skipped    TEXT NOT NULL,  -- JSON: how many entries were left out, by why
    begun_at   INTEGER NOT NULL,
    fetched_at INTEGER,
    CONSTRAINT listings_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX listings_name ON listings (person_id, name);

CREATE TABLE listing_entries (
    listing_id INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    item_id    INTEGER NOT NULL,
    added_at   INTEGER,
    added_by   TEXT,
    CONSTRAINT listing_entries_pk PRIMARY KEY (listing_id, position),
    CONSTRAINT listing_entries_listing_id_fk FOREIGN KEY (listing_id) REFERENCES listings (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE library_settings (
    person_id       INTEGER NOT NULL,
    uses_reccobeats INTEGER NOT NULL CHECK (uses_reccobeats IN (0, 1)),  -- Spotify ids and ISRCs of tracks may leave the house
    syncs_daily     INTEGER NOT NULL CHECK (syncs_daily IN (0, 1)),
    reads_recent    INTEGER NOT NULL CHECK (reads_recent IN (0, 1)),
    recent_at       INTEGER,  -- the last play that Spotify told of
    recent_asked_at INTEGER,
    CONSTRAINT library_settings_pk PRIMARY KEY (person_id),
    CONSTRAINT library_settings_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE play_gaps (
    person_id  INTEGER NOT NULL,
    after_at   INTEGER NOT NULL,  -- between these two Spotify may have played more than it told of
    before_at  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT play_gaps_pk PRIMARY KEY (person_id, after_at),
    CONSTRAINT play_gaps_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE track_features (
    track_id         INTEGER NOT NULL,
    source           TEXT NOT NULL,  -- 'manual', 'spotify', 'csv', 'reccobeats'
    danceability     REAL,  -- from 0 to 1, and so are the next six; NULL: not said
    energy           REAL,
    speechiness      REAL,
    acousticness     REAL,
    instrumentalness REAL,
    liveness         REAL,
    valence          REAL,
    loudness         REAL,  -- dB
    tempo            REAL,  -- beats a minute
    pitch_class      INTEGER,  -- 0 (C) to 11 (B)
    mode             INTEGER,  -- 1: major, 0: minor
    time_signature   INTEGER,  -- beats a bar
    duration_ms      INTEGER,
    import_id        INTEGER,
    fetched_at       INTEGER NOT NULL,
    CONSTRAINT track_features_pk PRIMARY KEY (track_id, source),
    CONSTRAINT track_features_track_id_fk FOREIGN KEY (track_id) REFERENCES library_tracks (id) ON DELETE CASCADE,
    CONSTRAINT track_features_import_id_fk FOREIGN KEY (import_id) REFERENCES library_imports (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX track_features_import_id ON track_features (import_id) WHERE import_id IS NOT NULL;

CREATE TABLE feature_absences (
    track_id INTEGER NOT NULL,
    source   TEXT NOT NULL,
    until    INTEGER NOT NULL,  -- not asked again before
    CONSTRAINT feature_absences_pk PRIMARY KEY (track_id, source),
    CONSTRAINT feature_absences_track_id_fk FOREIGN KEY (track_id) REFERENCES library_tracks (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE record_sounds (
    record_id        INTEGER NOT NULL,
    state            TEXT NOT NULL,  -- sounds, silent, not_found, none
    is_said          INTEGER NOT NULL CHECK (is_said IN (0, 1)),  -- somebody said which album it is, or that none is
    sought           TEXT NOT NULL,  -- the artists and the title that were looked for
    album_id         INTEGER,
    tracks           INTEGER NOT NULL,  -- of how many the values tell
    left_out         INTEGER NOT NULL,  -- how many were unlike the others
    danceability     REAL,
    energy           REAL,
    speechiness      REAL,
    acousticness     REAL,
    instrumentalness REAL,
    liveness         REAL,
    valence          REAL,
    loudness         REAL,
    tempo            REAL,
    pitch_class      INTEGER,
    mode             INTEGER,
    time_signature   INTEGER,
    duration_ms      INTEGER,
    tried_at         INTEGER,  -- NULL: to be looked for with the next task
    CONSTRAINT record_sounds_pk PRIMARY KEY (record_id),
    CONSTRAINT record_sounds_record_id_fk FOREIGN KEY (record_id) REFERENCES records (id) ON DELETE CASCADE,
    CONSTRAINT record_sounds_album_id_fk FOREIGN KEY (album_id) REFERENCES library_albums (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX record_sounds_album_id ON record_sounds (album_id) WHERE album_id IS NOT NULL;

CREATE TABLE analyses (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id  INTEGER NOT NULL,
    kind       TEXT NOT NULL,  -- 'track', 'album', 'playlist', 'artist', 'liked', 'period'
    scope      TEXT NOT NULL,  -- number of the thing, '', or YYYY-MM-DD..YYYY-MM-DD
    version    TEXT NOT NULL,  -- of what is in it: one of the same is worked out in its place
    title      TEXT NOT NULL,
    digest     TEXT NOT NULL,  -- of all that went in: the same is not worked out again
    track_ids  TEXT NOT NULL,  -- JSON list
    data       TEXT NOT NULL,  -- JSON: core/analysis.py
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT analyses_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX analyses_scope ON analyses (person_id, kind, scope, id);
CREATE UNIQUE INDEX analyses_version ON analyses (person_id, version);

CREATE TABLE made_playlists (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id   TEXT NOT NULL,
    person_id   INTEGER NOT NULL,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    uris        TEXT NOT NULL,  -- JSON list, in order: all that belong on it
    sought      TEXT,  -- tracks that are looked for at Spotify first
    left_out    INTEGER NOT NULL,  -- tracks whose id at Spotify is not known
    spotify_id  TEXT,
    done        INTEGER NOT NULL,  -- how many of uris Spotify has confirmed
    unconfirmed INTEGER,  -- how many tracks may have been added beyond done; 0: the playlist may have been made
    created_at  INTEGER NOT NULL,
    finished_at INTEGER,
    CONSTRAINT made_playlists_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX made_playlists_person_id ON made_playlists (person_id, id);
CREATE UNIQUE INDEX made_playlists_public_id ON made_playlists (public_id);

CREATE TABLE dumps (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    version    TEXT NOT NULL,  -- YYYYMMDD, as it is called
    kind       TEXT NOT NULL,  -- 'releases', 'masters', 'artists' or 'labels'
    address    TEXT,  -- NULL: a person brought it
    size       INTEGER,
    sha256     TEXT,  -- NULL: not told yet, and the dump is not complete
    etag       TEXT,
    path       TEXT,  -- below the folder of data
    bytes_done INTEGER NOT NULL,
    problem    TEXT,
    noticed_at INTEGER NOT NULL,
    fetched_at INTEGER
) STRICT;
CREATE UNIQUE INDEX dumps_version ON dumps (version, kind);

CREATE TABLE crate_imports (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id   TEXT NOT NULL,
    version     TEXT NOT NULL,
    scope       TEXT NOT NULL,  -- 'videos' or 'all'
    name        TEXT,  -- of the crate that came of it
    counts      TEXT,
    problems    TEXT,
    created_at  INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
CREATE UNIQUE INDEX crate_imports_public_id ON crate_imports (public_id);

CREATE TABLE digs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id  INTEGER NOT NULL,
    name       TEXT NOT NULL,
    asked      TEXT NOT NULL,  -- as its address says it, in one order
    created_at INTEGER NOT NULL,
    CONSTRAINT digs_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX digs_asked ON digs (person_id, asked);

CREATE TABLE basket_videos (
    person_id   INTEGER NOT NULL,
    video_id    TEXT NOT NULL,
    position    INTEGER NOT NULL,
    release_id  INTEGER NOT NULL,  -- Discogs' number
    artist      TEXT NOT NULL,
    title       TEXT NOT NULL,
    label       TEXT NOT NULL,
    video_title TEXT NOT NULL,
    seconds     INTEGER,
    is_chosen   INTEGER NOT NULL CHECK (is_chosen IN (0, 1)),
    added_at    INTEGER NOT NULL,
    CONSTRAINT basket_videos_pk PRIMARY KEY (person_id, video_id),
    CONSTRAINT basket_videos_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX basket_videos_position ON basket_videos (person_id, position);
CREATE INDEX basket_videos_release_id ON basket_videos (person_id, release_id);

CREATE TABLE video_checks (
    video_id   TEXT NOT NULL,
    state      TEXT NOT NULL,
    reason     TEXT,
    checked_at INTEGER NOT NULL,
    CONSTRAINT video_checks_pk PRIMARY KEY (video_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE youtube_playlists (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id   TEXT NOT NULL,
    person_id   INTEGER NOT NULL,
    title       TEXT NOT NULL,
    description TEXT NOT NULL,
    youtube_id  TEXT,
    is_existing INTEGER NOT NULL CHECK (is_existing IN (0, 1)),  -- there before
    part        INTEGER NOT NULL,
    said        TEXT,  -- why it does not go on
    created_at  INTEGER NOT NULL,
    finished_at INTEGER,
    CONSTRAINT youtube_playlists_person_id_fk FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX youtube_playlists_person_id ON youtube_playlists (person_id, id);
CREATE UNIQUE INDEX youtube_playlists_public_id ON youtube_playlists (public_id);

CREATE TABLE youtube_videos (
    playlist_id INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    video_id    TEXT NOT NULL,
    title       TEXT NOT NULL,
    state       TEXT NOT NULL,
    reason      TEXT,
    item_id     TEXT,  -- YouTube's, once it is in; empty while that is not known
    CONSTRAINT youtube_videos_pk PRIMARY KEY (playlist_id, position),
    CONSTRAINT youtube_videos_state CHECK (state IN ('waiting', 'added', 'dead', 'duplicate', 'failed')),
    CONSTRAINT youtube_videos_playlist_id_fk FOREIGN KEY (playlist_id) REFERENCES youtube_playlists (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX youtube_videos_state ON youtube_videos (playlist_id, state);

CREATE TABLE quota_days (
    day   TEXT NOT NULL,  -- in California
    units INTEGER NOT NULL,
    CONSTRAINT quota_days_pk PRIMARY KEY (day)
) STRICT, WITHOUT ROWID;
