"""Recipes, what an import changed, posters of one's own, colours kept with a picture."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"

# SQLite numbers a key by itself only when it is called INTEGER.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _recipes()
    _imports()
    op.add_column("films", sa.Column("poster_sha256", sa.Text(), nullable=True))
    op.add_column("pictures", sa.Column("parts", sa.LargeBinary(), nullable=True))


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
        sa.Column("source_id", _NUMBER, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("undone_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="film_imports_person_id_fk", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["film_sources.id"], name="film_imports_source_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="film_imports_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("film_imports_public_id", "film_imports", ["public_id"], unique=True)
    op.create_index("film_imports_person_id", "film_imports", ["person_id", "id"], unique=False)
    op.create_index("film_imports_source_id", "film_imports", ["source_id"], unique=False)
    op.create_table(
        "film_changes",
        sa.Column("import_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["film_imports.id"],
            name="film_changes_import_id_fk",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name="film_changes_pk"),
        sqlite_with_rowid=False,
    )
