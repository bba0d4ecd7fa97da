"""The house itself: what ties a database to its folder of data."""

from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Words


class House(Base):
    """One row. Its `uuid` stands in the folder of data as well: the two belong together."""

    __tablename__ = "house"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uuid: Mapped[Words]
