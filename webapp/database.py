"""This app's database and settings, for views: without handing them from call to call."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from flask import current_app
from sqlalchemy.orm import Session

from clients.stores import store_of
from core.settings import Settings
from core.store import Store
from database.engine import Database
from database.progress import ProgressBoard

KEY = "needledrop"
_FILE_SECONDS = 20.0  # for one on its way to a store, or from there: somebody waits


@dataclass(frozen=True)
class House:
    """What one app has in hand."""

    settings: Settings
    db: Database


def _house() -> House:
    house: House = current_app.extensions[KEY]
    return house


def settings() -> Settings:
    return _house().settings


def store() -> Store:
    """Return where the files are that other hosts have to see."""
    return store_of(settings(), _FILE_SECONDS, is_for_pages=True)


def database() -> Database:
    return _house().db


def progress() -> ProgressBoard:
    return _house().db.progress


def reading() -> AbstractContextManager[Session]:
    return _house().db.reading()


def writing(*, bulk: bool = False) -> AbstractContextManager[Session]:
    return _house().db.writing(bulk=bulk, patient=not bulk)
