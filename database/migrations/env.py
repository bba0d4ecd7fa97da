"""Alembic's entry: the whole upgrade is one transaction, and its lock is taken first.

By default Alembic believes that SQLite cannot undo DDL, and sqlite3 commits before
each such statement: a migration that failed half way would leave its columns behind
and could not be tried again. The lock is taken before the version is read, so that
of two processes that start together one upgrades and the other finds it done.
"""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, event, pool, text

from database.models import Base
from database.schema import UPGRADE_LOCK


def _connected(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    # A rebuild of a table drops it, and with foreign keys on that would empty its
    # children by cascade. Inside BEGIN the pragma has no effect, hence here.
    for pragma in ("busy_timeout = 60000", "foreign_keys = OFF", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


def upgrade() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    is_sqlite = engine.dialect.name == "sqlite"
    if is_sqlite:
        event.listen(engine, "connect", _connected)
        event.listen(engine, "begin", lambda it: it.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=is_sqlite,
            transactional_ddl=True,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            if not is_sqlite:
                lock = {"number": UPGRADE_LOCK}
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), lock)
            context.run_migrations()
            if is_sqlite and (
                broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            ):
                message = f"the migration breaks foreign keys: {broken[:3]}"
                raise RuntimeError(message)


upgrade()
