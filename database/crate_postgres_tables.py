"""How a crate lies in PostgreSQL: its tables and their indexes, its names, its words."""

import re

from core.names import bare
from database.crate_names import split_words

# A crate's tables. Their columns mean what they do in database.crate_file; `title_folded` is
# core.names.bare of the title, `words` are those of title (A), artist (B) and label (C). Text is
# in the order of code points. Keys and indexes are made last; what has `begun` in front of its
# name is there while the crate is made: `nth` is the order in which it came.
TABLES = """
    CREATE TABLE release (
        id bigint NOT NULL, title text COLLATE "C", artist text COLLATE "C",
        label text COLLATE "C", catno text COLLATE "C", year bigint, country text COLLATE "C",
        format text COLLATE "C", master_id bigint, is_main boolean, videos bigint,
        barcode text COLLATE "C", title_folded text COLLATE "C" NOT NULL, words tsvector NOT NULL
    );
    CREATE TABLE artist (
        id bigint NOT NULL, name text COLLATE "C", folded text COLLATE "C",
        releases bigint NOT NULL
    );
    CREATE TABLE label (
        id bigint NOT NULL, name text COLLATE "C", folded text COLLATE "C",
        releases bigint NOT NULL
    );
    CREATE TABLE release_artist (artist_id bigint NOT NULL, release_id bigint NOT NULL);
    CREATE TABLE release_label (label_id bigint NOT NULL, release_id bigint NOT NULL);
    CREATE TABLE video (
        release_id bigint NOT NULL, position bigint NOT NULL, number bigint, seconds bigint,
        title text COLLATE "C"
    );
    CREATE TABLE facet (
        kind text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, releases bigint NOT NULL,
        bitmap bytea NOT NULL
    );
    CREATE TABLE crowd (
        kind text COLLATE "C" NOT NULL, id bigint NOT NULL, bitmap bytea NOT NULL
    );
    CREATE TABLE master (
        id bigint NOT NULL, title text COLLATE "C", artist text COLLATE "C", year bigint,
        main_release bigint
    );
    CREATE TABLE master_video (
        master_id bigint NOT NULL, position bigint NOT NULL, number bigint, seconds bigint,
        title text COLLATE "C"
    );
    CREATE TABLE alias (
        artist_id bigint NOT NULL, other_id bigint NOT NULL, name text COLLATE "C"
    );
    CREATE TABLE parent (
        label_id bigint NOT NULL, parent_id bigint NOT NULL, name text COLLATE "C"
    );
    CREATE TABLE quarantine (
        record bigint, release_id bigint, reason text COLLATE "C", start bytea
    );
    CREATE TABLE about (name text COLLATE "C" PRIMARY KEY, value text COLLATE "C");
    CREATE UNLOGGED TABLE begun_artist (id bigint, name text COLLATE "C", folded text COLLATE "C");
    CREATE UNLOGGED TABLE begun_label (LIKE begun_artist);
    CREATE SEQUENCE begun CACHE 1000;
    CREATE UNLOGGED TABLE begun_master (LIKE master, nth bigint DEFAULT nextval('begun'));
    CREATE UNLOGGED TABLE begun_master_video (
        LIKE master_video, nth bigint DEFAULT nextval('begun')
    );
    CREATE UNLOGGED TABLE begun_alias (LIKE alias, nth bigint DEFAULT nextval('begun'));
    CREATE UNLOGGED TABLE begun_parent (LIKE parent, nth bigint DEFAULT nextval('begun'));
    CREATE UNLOGGED TABLE begun_part (
        kind text COLLATE "C", name text COLLATE "C", number bigint, bitmap bytea
    );
    -- Bitmaps are as small as they get; trying to pack them would take time at both ends.
    ALTER TABLE facet ALTER bitmap SET STORAGE EXTERNAL;
    ALTER TABLE crowd ALTER bitmap SET STORAGE EXTERNAL;
    ALTER TABLE begun_part ALTER bitmap SET STORAGE EXTERNAL;
"""
# No key of a btree may be longer than 2,704 bytes: of names and titles it has the beginning, and
# of barcodes and of facets' names a hash.
KEYS = (
    "ALTER TABLE release ADD PRIMARY KEY (id)",
    "ALTER TABLE artist ADD PRIMARY KEY (id)",
    "ALTER TABLE label ADD PRIMARY KEY (id)",
    "ALTER TABLE release_artist ADD PRIMARY KEY (release_id, artist_id)",
    "ALTER TABLE release_label ADD PRIMARY KEY (release_id, label_id)",
    "ALTER TABLE video ADD PRIMARY KEY (release_id, position)",
    "ALTER TABLE master ADD PRIMARY KEY (id)",
    "ALTER TABLE master_video ADD PRIMARY KEY (master_id, position)",
    "ALTER TABLE alias ADD PRIMARY KEY (artist_id, other_id)",
    "ALTER TABLE parent ADD PRIMARY KEY (label_id)",
    "CREATE INDEX release_artist_artist ON release_artist (artist_id, release_id)",
    "CREATE INDEX release_label_label ON release_label (label_id, release_id)",
    "CREATE INDEX artist_folded ON artist (left(folded, 200), releases)",
    "CREATE INDEX label_folded ON label (left(folded, 200), releases)",
    # What begins with one letter is looked for among those with many releases first.
    "CREATE INDEX artist_releases ON artist (releases DESC, id)",
    "CREATE INDEX label_releases ON label (releases DESC, id)",
    "CREATE INDEX release_master ON release (master_id) WHERE master_id IS NOT NULL",
    "CREATE INDEX release_barcode ON release USING hash (barcode) WHERE barcode IS NOT NULL",
    "CREATE INDEX release_title ON release (left(title_folded, 200))",
    "CREATE INDEX release_words ON release USING gin (words)",
)
LAST_KEYS = (
    "CREATE INDEX facet_name ON facet USING hash (name)",
    "ALTER TABLE crowd ADD PRIMARY KEY (kind, id)",
)

_LONGEST_WORD = 255  # letters: with four bytes each still half of what a word may have
_MOST_LETTERS = 80_000  # of a field: all words of a row together may have a megabyte

_NAME = re.compile(r"crate_(?:[0-9]{14}|new_[a-z0-9]+_[0-9]+)", re.ASCII)


def lexemes(folded: str) -> list[str]:
    """Return the words of what core.names.bare made of a text, as long as they may be."""
    return [word[:_LONGEST_WORD] for word in split_words(folded[:_MOST_LETTERS])]


def folded(text: str | None) -> str:
    return bare(text) if text else ""


def quoted(name: str) -> str:
    """Return the name of a crate's schema as a statement has it.

    >>> quoted("crate_01767225600000")
    '"crate_01767225600000"'
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no crate's name")
    return f'"{name}"'
