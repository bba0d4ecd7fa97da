"""This app's database and settings, for views: without handing them from call to call."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from flask import current_app
from sqlalchemy.orm import Session

from core.settings import Settings
from database.engine import Database
from database.progress import ProgressBoard

KEY = "needledrop"


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


def database() -> Database:
    return _house().db


def progress() -> ProgressBoard:
    return _house().db.progress


def reading() -> AbstractContextManager[Session]:
    return _house().db.reading()


def writing(*, bulk: bool = False) -> AbstractContextManager[Session]:
    return _house().db.writing(bulk=bulk)
