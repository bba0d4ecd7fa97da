"""Accounts, and what lets a person in: sessions, tokens, the set-up code, the login throttle."""

from sqlalchemy import ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Count, Key, Moment, Words
from database.models.tasks import partial


class Person(Base):
    """`parent_id`: a child, who cannot log in, and whose things are that person's to look after."""

    __tablename__ = "people"
    __table_args__ = (
        ForeignKeyConstraint(["parent_id"], ["people.id"], ondelete="CASCADE"),
        Index("people_parent_id", "parent_id", **partial("parent_id IS NOT NULL")),
        Index("people_name_folded", "name_folded", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    name: Mapped[Words]
    name_folded: Mapped[Words]
    password_hash: Mapped[Words]
    is_admin: Mapped[bool]
    zone: Mapped[Words]
    letterboxd_name: Mapped[Words | None]
    parent_id: Mapped[Count | None]
    created_at: Mapped[Moment]


class PersonSession(Base):
    __tablename__ = "sessions"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("sessions_secret_hash", "secret_hash", unique=True),
        Index("sessions_person_id", "person_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count]
    secret_hash: Mapped[Words]
    browser: Mapped[Words]
    address: Mapped[Words]
    created_at: Mapped[Moment]
    last_seen_at: Mapped[Moment]
    expires_at: Mapped[Moment]


class Token(Base):
    """`md5_sealed`: what two old protocols need to know; of no use without the key to it."""

    __tablename__ = "tokens"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("tokens_token_hash", "token_hash", unique=True),
        Index("tokens_person_id", "person_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count]
    label: Mapped[Words]
    token_hash: Mapped[Words]
    prefix: Mapped[Words]
    md5_sealed: Mapped[Words | None]
    created_at: Mapped[Moment]
    last_used_at: Mapped[Moment | None]


class SetupCode(Base):
    """At most one row: the code that lets the first admin in."""

    __tablename__ = "setup_codes"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code_hash: Mapped[Words]
    expires_at: Mapped[Moment]


class LoginFailure(Base):
    """Failed logins in a row, for a name or for an address; a success removes the row."""

    __tablename__ = "login_failures"

    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[Count]
    last_at: Mapped[Moment]
