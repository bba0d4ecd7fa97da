"""Recipes, what an import changed, posters of one's own, collections in sums, colours kept."""

# ruff: noqa: S608 - the statements are put together from constants of this file

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"

# SQLite numbers a key by itself only when it is called INTEGER.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Any number that no other lock of PostgreSQL's has.
_COLLECTING_LOCK = 7_262_036

# Summed up anew: one film of one person's collection. The same on both databases.
_COLLECT = """
    INSERT INTO collection_films
           (person_id, film_id, viewings, last_on, half_stars, is_liked, is_rewatched)
    SELECT {person}, {film}, seen.viewings, seen.last_on,
           coalesce(said.half_stars,
                    (SELECT v.half_stars
                       FROM viewings v
                       JOIN film_sources s ON s.id = v.source_id
                      WHERE s.person_id = {person}
                        AND v.film_id = {film}
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
             WHERE s.person_id = {person}
               AND v.film_id = {film}) AS seen,
           (SELECT count(*) AS marks,
                   max(m.half_stars) AS half_stars,
                   count(CASE WHEN m.is_liked THEN 1 END) AS liked
              FROM film_sources s
              JOIN film_marks m ON m.source_id = s.id
             WHERE s.person_id = {person}
               AND m.film_id = {film}
               AND (m.watched_on IS NOT NULL OR m.half_stars IS NOT NULL OR m.is_liked)) AS said
     WHERE seen.viewings + said.marks > 0;
    """
_SQLITE_COLLECTING = (
    "CREATE VIEW collecting AS SELECT person_id, film_id FROM collection_films",
    f"""
    CREATE TRIGGER collecting_film INSTEAD OF INSERT ON collecting
    BEGIN
        DELETE FROM collection_films WHERE person_id = new.person_id AND film_id = new.film_id;
        {_COLLECT.format(person="new.person_id", film="new.film_id")}
    END
    """,
    """
    CREATE TRIGGER viewings_added AFTER INSERT ON viewings
    BEGIN
        INSERT INTO collecting
        SELECT person_id, new.film_id FROM film_sources
         WHERE id = new.source_id AND person_id IS NOT NULL;
    END
    """,
    """
    CREATE TRIGGER viewings_gone AFTER DELETE ON viewings
    BEGIN
        INSERT INTO collecting
        SELECT person_id, old.film_id FROM film_sources
         WHERE id = old.source_id AND person_id IS NOT NULL;
    END
    """,
    """
    CREATE TRIGGER viewings_changed AFTER UPDATE
        OF source_id, film_id, watched_on, nth, half_stars, is_rewatch, is_liked ON viewings
    BEGIN
        INSERT INTO collecting
        SELECT person_id, old.film_id FROM film_sources
         WHERE id = old.source_id AND person_id IS NOT NULL
         UNION
        SELECT person_id, new.film_id FROM film_sources
         WHERE id = new.source_id AND person_id IS NOT NULL;
    END
    """,
    """
    CREATE TRIGGER film_marks_added AFTER INSERT ON film_marks
    BEGIN
        INSERT INTO collecting
        SELECT person_id, new.film_id FROM film_sources
         WHERE id = new.source_id AND person_id IS NOT NULL;
    END
    """,
    """
    CREATE TRIGGER film_marks_gone AFTER DELETE ON film_marks
    BEGIN
        INSERT INTO collecting
        SELECT person_id, old.film_id FROM film_sources
         WHERE id = old.source_id AND person_id IS NOT NULL;
    END
    """,
    """
    CREATE TRIGGER film_marks_changed AFTER UPDATE
        OF source_id, film_id, watched_on, half_stars, is_liked ON film_marks
    BEGIN
        INSERT INTO collecting
        SELECT person_id, old.film_id FROM film_sources
         WHERE id = old.source_id AND person_id IS NOT NULL
         UNION
        SELECT person_id, new.film_id FROM film_sources
         WHERE id = new.source_id AND person_id IS NOT NULL;
    END
    """,
    """
    CREATE TRIGGER film_sources_given AFTER UPDATE OF person_id ON film_sources
    BEGIN
        INSERT INTO collecting
        SELECT p.id, films.film_id
          FROM (SELECT film_id FROM viewings   WHERE source_id = new.id
                 UNION
                SELECT film_id FROM film_marks WHERE source_id = new.id) AS films,
               people p
         WHERE p.id IN (old.person_id, new.person_id);
    END
    """,
    """
    CREATE TRIGGER film_sources_gone BEFORE DELETE ON film_sources
    WHEN old.person_id IN (SELECT id FROM people)
    BEGIN
        DELETE FROM viewings WHERE source_id = old.id;
        DELETE FROM film_marks WHERE source_id = old.id;
    END
    """,
)
_POSTGRESQL_COLLECTING = (
    # Two that change one person's films at once would each miss what the other writes.
    f"""
    CREATE FUNCTION collect(person bigint, film bigint) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock({_COLLECTING_LOCK}, person::int);
        DELETE FROM collection_films WHERE person_id = person AND film_id = film;
        {_COLLECT.format(person="person", film="film")}
    END $$
    """,
    """
    CREATE FUNCTION collecting() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            PERFORM collect(person_id, old.film_id) FROM film_sources
              WHERE id = old.source_id AND person_id IS NOT NULL;
        END IF;
        IF TG_OP = 'INSERT'
           OR TG_OP = 'UPDATE' AND (old.source_id, old.film_id) <> (new.source_id, new.film_id)
        THEN
            PERFORM collect(person_id, new.film_id) FROM film_sources
              WHERE id = new.source_id AND person_id IS NOT NULL;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION collecting_all() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM collect(p.id, films.film_id)
           FROM (SELECT film_id FROM viewings   WHERE source_id = new.id
                  UNION
                 SELECT film_id FROM film_marks WHERE source_id = new.id) AS films,
                people p
          WHERE p.id IN (old.person_id, new.person_id);
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION collecting_before() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM people WHERE id = old.person_id) THEN
            DELETE FROM viewings WHERE source_id = old.id;
            DELETE FROM film_marks WHERE source_id = old.id;
        END IF;
        RETURN old;
    END $$
    """,
    """
    CREATE TRIGGER viewings_collected AFTER INSERT OR DELETE OR UPDATE
        OF source_id, film_id, watched_on, nth, half_stars, is_rewatch, is_liked ON viewings
       FOR EACH ROW EXECUTE FUNCTION collecting()
    """,
    """
    CREATE TRIGGER film_marks_collected AFTER INSERT OR DELETE OR UPDATE
        OF source_id, film_id, watched_on, half_stars, is_liked ON film_marks
       FOR EACH ROW EXECUTE FUNCTION collecting()
    """,
    """
    CREATE TRIGGER film_sources_given AFTER UPDATE OF person_id ON film_sources
       FOR EACH ROW EXECUTE FUNCTION collecting_all()
    """,
    """
    CREATE TRIGGER film_sources_gone BEFORE DELETE ON film_sources
       FOR EACH ROW EXECUTE FUNCTION collecting_before()
    """,
)
_ALL = """
    SELECT s.person_id, f.film_id
      FROM film_sources s
      JOIN (SELECT source_id, film_id FROM viewings
             UNION
            SELECT source_id, film_id FROM film_marks) AS f ON f.source_id = s.id
     WHERE s.person_id IS NOT NULL
"""


def upgrade() -> None:
    _recipes()
    _imports()
    _changes()
    _collections()
    op.add_column("films", sa.Column("poster_sha256", sa.Text(), nullable=True))
    is_settled: sa.Column[bool] = sa.Column(
        "is_settled", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("films", is_settled)
    op.add_column("pictures", sa.Column("parts", sa.LargeBinary(), nullable=True))
    # Found by the address alone: SQLite's table becomes its own index.
    own = {"sqlite_with_rowid": False}
    with op.batch_alter_table("picture_addresses", recreate="auto", table_kwargs=own) as addresses:
        addresses.alter_column("address", existing_type=sa.Text(), existing_nullable=False)


def _recipes() -> None:
    op.create_table(
        "recipes",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("args", sa.Text(), nullable=False),
        sa.Column("is_monthly", sa.Boolean(), nullable=False),
        sa.Column("made_for", sa.Text(), nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="recipes_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="recipes_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("recipes_public_id", "recipes", ["public_id"], unique=True)
    op.create_index("recipes_name_folded", "recipes", ["person_id", "name_folded"], unique=True)
    is_for_members: sa.Column[bool] = sa.Column(
        "is_for_members", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    # SQLite's table is rebuilt for the sake of the foreign key.
    with op.batch_alter_table("mosaics", table_kwargs={"sqlite_autoincrement": True}) as mosaics:
        mosaics.add_column(is_for_members)
        mosaics.add_column(sa.Column("places", sa.Text(), nullable=True))
        mosaics.add_column(sa.Column("recipe_id", _NUMBER, nullable=True))
        mosaics.create_foreign_key(
            "mosaics_recipe_id_fk", "recipes", ["recipe_id"], ["id"], ondelete="SET NULL"
        )
    op.create_index("mosaics_recipe_id", "mosaics", ["recipe_id"], unique=False)


def _imports() -> None:
    op.create_table(
        "film_imports",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("source_id", _NUMBER, nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("undone_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="film_imports_person_id_fk", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["film_sources.id"],
            name="film_imports_source_id_fk",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="film_imports_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("film_imports_public_id", "film_imports", ["public_id"], unique=True)
    op.create_index("film_imports_person_id", "film_imports", ["person_id", "id"], unique=False)
    op.create_index("film_imports_source_id", "film_imports", ["source_id"], unique=False)


def _changes() -> None:
    op.create_table(
        "film_changes",
        sa.Column("import_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("key", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("place", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("film_id", _NUMBER, nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["film_imports.id"],
            name="film_changes_import_id_fk",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["film_id"], ["films.id"], name="film_changes_film_id_fk", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("import_id", "what", "key", "place", name="film_changes_pk"),
        sqlite_with_rowid=False,
    )
    held = sa.text("film_id IS NOT NULL")
    op.create_index(
        "film_changes_film_id",
        "film_changes",
        ["film_id"],
        unique=False,
        sqlite_where=held,
        postgresql_where=held,
    )


def _collections() -> None:
    op.create_index("films_year", "films", ["year", "title_folded"], unique=False)
    op.drop_index("viewings_watched_on", "viewings")
    sums = ["source_id", "watched_on", "film_id", "half_stars", "is_rewatch"]
    op.create_index("viewings_watched_on", "viewings", sums, unique=False)
    op.create_table(
        "collection_films",
        sa.Column("person_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("film_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("viewings", _NUMBER, nullable=False),
        sa.Column("last_on", sa.Text(), nullable=False),
        sa.Column("half_stars", _NUMBER, nullable=False),
        sa.Column("is_liked", sa.Boolean(), nullable=False),
        sa.Column("is_rewatched", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="collection_films_person_id_fk", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["film_id"], ["films.id"], name="collection_films_film_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "film_id", name="collection_films_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("collection_films_film_id", "collection_films", ["film_id"], unique=False)
    for name in ("half_stars", "last_on"):
        op.create_index(
            f"collection_films_{name}", "collection_films", ["person_id", name], unique=False
        )
    if op.get_bind().dialect.name == "postgresql":
        for statement in _POSTGRESQL_COLLECTING:
            op.execute(statement)
        op.execute(f"SELECT collect(person_id, film_id) FROM ({_ALL}) AS mine")
    else:
        for statement in _SQLITE_COLLECTING:
            op.execute(statement)
        op.execute(f"INSERT INTO collecting {_ALL}")
