"""The tables as typed classes. schema.sql says the same in SQL; a test holds the two together."""

from database.models.base import Base
from database.models.films import (
    CollectionFilm,
    Film,
    FilmCandidate,
    FilmChange,
    FilmImport,
    FilmList,
    FilmListEntry,
    FilmMark,
    FilmSource,
    Picture,
    PictureAddress,
    Viewing,
)
from database.models.house import House
from database.models.mosaics import Mosaic, MosaicFilm, Recipe
from database.models.people import LoginFailure, Person, PersonSession, SetupCode, Token
from database.models.tasks import Result, Schedule, Task, TaskEvent, Worker

__all__ = [
    "Base",
    "CollectionFilm",
    "Film",
    "FilmCandidate",
    "FilmChange",
    "FilmImport",
    "FilmList",
    "FilmListEntry",
    "FilmMark",
    "FilmSource",
    "House",
    "LoginFailure",
    "Mosaic",
    "MosaicFilm",
    "Person",
    "PersonSession",
    "Picture",
    "PictureAddress",
    "Recipe",
    "Result",
    "Schedule",
    "SetupCode",
    "Task",
    "TaskEvent",
    "Token",
    "Viewing",
    "Worker",
]
