"""Discogs on the pages: a token that is shown to nobody, releases to choose from, the way on."""

from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr

from core import sealing
from core.releases import Release
from core.settings import Settings
from database import linked_accounts, tasks
from database.engine import Database
from database.linked_accounts import DISCOGS
from database.models import Person, Task
from database.owner import HOUSE
from tests import factories
from tests.stand_in import StandIn
from tests.web.conftest import Visitor, house
from webapp.database import KEY, House

JSON = {"Accept": "application/json"}
TOKEN = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCd"
CAN = Release(
    5, "Ege <Bamyasi>", artists=("Can", "Somebody & Co."), labels=("UA",), year=1972, format="LP",
    genre="Rock", catalogue_number="UAS 29", barcode="4000000000012", country="Germany",
    owners=1234, details="LP, Album",
)  # fmt: skip


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


def linked(db: Database, settings: Settings, person_id: int, name: str = "vinyl_ada") -> None:
    sealed = sealing.seal(settings.data, SecretStr(TOKEN))
    with db.writing() as session:
        linked_accounts.put(session, person_id, DISCOGS, sealed)
        tried = linked_accounts.sealed(session, person_id, DISCOGS)
        assert tried
        linked_accounts.confirm(session, person_id, DISCOGS, tried, name)


def with_token(app: Flask) -> None:
    """Give the household a token to search with."""
    inside = house(app)
    given = inside.settings.model_copy(update={"discogs_token": SecretStr(TOKEN)})
    app.extensions[KEY] = House(given, inside.db)


def task_of(db: Database, address: str) -> Task:
    with db.reading() as session:
        return tasks.get(session, address.rpartition("/")[2], HOUSE)


def record_of(db: Database, person_id: int, **said: Any) -> int:
    with db.writing() as session:
        owner = session.get_one(Person, person_id)
        return factories.record(session, owner, "Ege Bamyasi", **said)


def searched(db: Database, visitor: Visitor, found: list[Release], **typed: Any) -> str:
    """Search, and let the worker find these; return the address of the page that shows them."""
    answer = visitor.submit("/shelf/releases", words="ege bamyasi", medium="any", **typed)
    assert answer.status_code == 303, answer.text
    worker = StandIn(db)
    task = worker.take("find_releases")
    worker.finish(task, {"found": [one.as_json() for one in found], "result_url": "/"})
    return f"/shelf/releases?found={task.public_id}"


# An account


def test_a_token_is_kept_sealed_and_tried_by_a_task_that_does_not_know_it(
    bob: Visitor, db: Database, settings: Settings
) -> None:
    answer = bob.submit("/shelf/discogs", token=f"  {TOKEN}\n")

    assert answer.status_code == 303
    task = task_of(db, answer.location)
    assert (task.action, task.args, task.lane) == ("link_discogs", {}, "quick")
    with db.reading() as session:
        sealed = linked_accounts.sealed(session, bob.id, DISCOGS)
    assert sealed is not None and TOKEN not in sealed.secret
    assert sealing.unseal(settings.data, sealed.secret).get_secret_value() == TOKEN
    assert TOKEN.encode() not in b"".join(
        file.read_bytes() for file in settings.data.rglob("*") if file.is_file()
    )


@pytest.mark.parametrize("token", ["", "short", "x" * 201, "ключ" * 8, "two words " * 4])
def test_what_is_no_token_comes_back_with_one_sentence_and_without_it(
    bob: Visitor, db: Database, token: str
) -> None:
    answer = bob.submit("/shelf/discogs", token=token)

    assert answer.status_code == 422 and 'href="#token"' in answer.text
    assert answer.text.count("as Discogs shows it") == 2
    assert not token or f'value="{token}' not in answer.text
    with db.reading() as session:
        assert linked_accounts.find(session, bob.id, DISCOGS) is None


def test_the_page_names_the_account_and_never_the_token(
    bob: Visitor, db: Database, settings: Settings
) -> None:
    assert "discogs.com/settings/developers" in bob.get("/shelf/discogs").text
    linked(db, settings, bob.id)

    page = bob.get("/shelf/discogs").text

    assert "vinyl_ada" in page and "Last used" in page
    assert TOKEN not in page
    assert "not affiliated with, sponsored or endorsed by Discogs" in page
    assert bob.get("/shelf/discogs", headers=JSON).get_json() == {"account": "vinyl_ada"}


def test_nobody_sees_anothers_account(
    alice: Visitor, bob: Visitor, db: Database, settings: Settings
) -> None:
    linked(db, settings, bob.id)

    assert "vinyl_ada" not in alice.get("/shelf/discogs").text
    assert alice.get("/shelf/discogs", headers=JSON).get_json() == {"account": None}


def test_unlinking_deletes_the_token(bob: Visitor, db: Database, settings: Settings) -> None:
    linked(db, settings, bob.id)

    answer = bob.submit("/shelf/discogs", to="/shelf/discogs/unlink")

    assert answer.status_code == 303
    with db.reading() as session:
        assert linked_accounts.find(session, bob.id, DISCOGS) is None


@pytest.mark.parametrize(("typed", "dry_run"), [({}, True), ({"at_once": "1"}, False)])
def test_the_collection_is_brought_by_a_task(
    bob: Visitor, db: Database, settings: Settings, typed: dict[str, str], *, dry_run: bool
) -> None:
    linked(db, settings, bob.id)

    first = bob.submit("/shelf/discogs", to="/shelf/discogs/collection", **typed)
    again = bob.submit("/shelf/discogs", to="/shelf/discogs/collection", **typed)

    task = task_of(db, first.location)
    assert (task.action, task.args, task.lane) == ("import_discogs", {"dry_run": dry_run}, "long")
    assert again.location == first.location


def test_without_an_account_there_is_no_collection(bob: Visitor) -> None:
    assert bob.submit("/shelf/discogs", to="/shelf/discogs/collection").status_code == 409


def test_what_was_looked_at_is_brought_by_one_more_press(
    bob: Visitor, db: Database, settings: Settings
) -> None:
    linked(db, settings, bob.id)
    bob.submit("/shelf/discogs", to="/shelf/discogs/collection")
    worker = StandIn(db)
    task = worker.take("import_discogs")
    counts = {"added": 3, "changed": 0, "same": 0, "skipped": 0}
    more = {"parts": [], "problems": [], "more_problems": 0, "is_begun_again": False}
    worker.finish(task, counts | more | {"dry_run": True})

    page = f"/shelf/import/{task.public_id}"
    shown = bob.get(page).text
    assert "Only looked: nothing was changed" in shown
    form = shown.partition('action="/shelf/discogs/collection"')[2].partition("</form>")[0]
    assert '<input type="hidden" name="at_once" value="1">' in form
    answer = bob.submit(page, to="/shelf/discogs/collection", at_once="1")

    assert task_of(db, answer.location).args == {"dry_run": False}


# Releases


def test_a_search_is_left_to_the_worker(bob: Visitor, app: Flask, db: Database) -> None:
    with_token(app)

    answer = bob.submit("/shelf/releases", words=" ege  bamyasi ", year="1972", medium="Vinyl")

    task = task_of(db, answer.location)
    assert (task.action, task.lane) == ("find_releases", "quick")
    assert task.args == {
        "record_id": None, "words": "ege  bamyasi", "barcode": "", "artist": "", "title": "",
        "year": 1972, "medium": "Vinyl",
    }  # fmt: skip


def test_a_barcode_is_read_as_it_is_printed(bob: Visitor, app: Flask, db: Database) -> None:
    with_token(app)

    answer = bob.submit("/shelf/releases", barcode="0 7599-25604-1 8", medium="Vinyl")

    assert task_of(db, answer.location).args["barcode"] == "075992560418"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Give some words, or the barcode."),
        ({"words": "can", "year": "72"}, "A year like 1975"),
        ({"barcode": "BIEM"}, "eight or more"),
        ({"words": "x" * 201}, "Like artist and title"),
        ({"words": "can", "medium": "Shellac"}, "Vinyl, Cassette, CD, or any."),
    ],
)
def test_a_search_that_cannot_be_comes_back_with_what_was_typed(
    bob: Visitor, app: Flask, typed: dict[str, str], sentence: str
) -> None:
    with_token(app)

    answer = bob.submit("/shelf/releases", **typed)

    assert answer.status_code == 422 and sentence in answer.text
    assert all(f'value="{said}"' in answer.text for said in typed.values() if said != "Shellac")


def test_without_a_token_the_page_says_how_to_get_one(bob: Visitor, db: Database) -> None:
    record_id = record_of(db, bob.id)

    page = bob.get("/shelf/releases").text
    answer = bob.submit(f"/shelf/{record_id}", to=f"/shelf/{record_id}/release/find")

    assert "Link your account there" in page
    assert answer.location == f"/shelf/releases?record={record_id}"
    assert "Link your account there" in bob.get(answer.location).text


def test_what_was_found_for_a_purchase_fills_its_form(
    bob: Visitor, app: Flask, db: Database
) -> None:
    with_token(app)

    page = bob.get(searched(db, bob, [CAN])).text

    assert "Ege &lt;Bamyasi&gt;" in page and "1\u202f234 have it" in page
    assert 'value="ege bamyasi"' in page
    assert "not affiliated with, sponsored or endorsed by Discogs" in page
    way = page.partition('href="/shelf/add?')[2].partition('"')[0].replace("&amp;", "&")
    form = bob.get(f"/shelf/add?{way}").text
    for said in (
        "Ege &lt;Bamyasi&gt;",
        "Can; Somebody &amp; Co.",
        "1972",
        "UAS 29",
        "4000000000012",
    ):
        assert f'value="{said}"' in form


def test_nothing_found_is_said(bob: Visitor, app: Flask, db: Database) -> None:
    with_token(app)

    assert "Nothing was found" in bob.get(searched(db, bob, [])).text


def test_the_release_of_a_record_is_looked_for_by_what_is_known_and_chosen(
    bob: Visitor, app: Flask, db: Database
) -> None:
    with_token(app)
    record_id = record_of(db, bob.id, year=1972)
    assert "Find it at Discogs" in bob.get(f"/shelf/{record_id}").text
    answer = bob.submit(f"/shelf/{record_id}", to=f"/shelf/{record_id}/release/find")
    assert task_of(db, answer.location).args == {
        "record_id": record_id, "words": "", "barcode": "", "artist": "Can",
        "title": "Ege Bamyasi", "year": 1972, "medium": "Vinyl",
    }  # fmt: skip
    worker = StandIn(db)
    task = worker.take("find_releases")
    worker.finish(task, {"found": [CAN.as_json()]})
    page = f"/shelf/releases?found={task.public_id}"
    assert "Which release is it?" in bob.get(page).text

    answer = bob.submit(page, to=f"/shelf/{record_id}/release", discogs_id="5")

    chosen = task_of(db, answer.location)
    assert (chosen.action, chosen.args) == (
        "link_release", {"record_id": record_id, "discogs_id": 5},
    )  # fmt: skip


def test_a_search_is_seen_by_whoever_searched(
    bob: Visitor, alice: Visitor, app: Flask, db: Database
) -> None:
    with_token(app)
    page = searched(db, alice, [CAN])

    assert bob.get(page).status_code == 404
    assert bob.get("/shelf/releases?found=nonsense").status_code == 404


def test_anothers_record_is_not_ones_own_to_link(
    bob: Visitor, alice: Visitor, app: Flask, db: Database
) -> None:
    with_token(app)
    record_id = record_of(db, alice.id)

    assert "Find it at Discogs" not in bob.get(f"/shelf/{record_id}").text
    assert bob.get(f"/shelf/releases?record={record_id}").status_code == 403
    answer = bob.submit("/shelf/releases", words="can", medium="any", record_id=str(record_id))
    assert answer.status_code == 403


def test_a_script_is_answered_in_json(bob: Visitor, app: Flask, db: Database) -> None:
    with_token(app)
    record_id = record_of(db, bob.id)
    page = searched(db, bob, [CAN])
    token = bob.token("/shelf/releases")
    bob.headers = JSON

    def send(what: str, **typed: object) -> object:
        answer = bob.post(f"/shelf/{what}", data={"csrf_token": token, **typed})
        return answer.status_code, sorted(answer.get_json())

    assert bob.get(page).get_json()["releases"][0]["title"] == "Ege <Bamyasi>"
    assert send("releases", words="can", medium="any") == (202, ["task", "url"])
    assert send("releases") == (422, ["error", "problems"])
    assert send(f"{record_id}/release/find") == (202, ["task", "url"])
    assert send(f"{record_id}/release", discogs_id="5") == (202, ["task", "url"])
    assert send(f"{record_id}/release", discogs_id="x") == (422, ["error", "problems"])
    assert send("discogs", token=TOKEN) == (202, ["task", "url"])
    assert send("discogs/collection") == (202, ["task", "url"])
    assert send("discogs/unlink") == (200, ["account"])
