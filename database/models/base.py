"""What all tables share: the base class and the column types."""

import json
from typing import Annotated, Any

from sqlalchemy import BigInteger, Dialect, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

# SQLite numbers a key by itself only when it is called INTEGER; PostgreSQL's integer
# is too small for a moment.
Number = BigInteger().with_variant(Integer(), "sqlite")


class Json(TypeDecorator[Any]):
    """A small JSON value, kept as text on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_name)s",
            "uq": "%(table_name)s_%(column_0_name)s",
            "ck": "%(table_name)s_%(constraint_name)s",
            "fk": "%(table_name)s_%(column_0_name)s_fk",
            "pk": "%(table_name)s_pk",
        }
    )


Key = Annotated[int, mapped_column(Number, primary_key=True, autoincrement=True)]
Moment = Annotated[int, mapped_column(Number)]  # milliseconds since 1970, UTC
Count = Annotated[int, mapped_column(Number)]
Day = Annotated[str, mapped_column(Text)]  # YYYY-MM-DD; sorts as text
Words = Annotated[str, mapped_column(Text)]
