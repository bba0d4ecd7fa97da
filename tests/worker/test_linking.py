"""Connecting Google by a code, trying connections, telling the provider that one has ended."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from clients.oauth_answers import BadClient, CodeExpired, Denied
from clients.youtube import NoChannel
from core import clock, folders
from core.consents import GOOGLE, GOOGLE_SCOPES, OK, RECONNECT, Account, ReconnectNeeded
from core.errors import Conflict, Forbidden, NotYet, RemoteError
from core.settings import Settings, load
from database import claims, device_flows, goodbyes, grants
from database.claims import Claimed
from database.device_flows import Flow
from database.engine import Database
from database.grant_store import GrantStore
from database.grants import OtherAccount, Shown, TakenAccount
from database.models import DeviceFlow, Grant, Task
from database.owner import HOUSE
from fakes.google_oauth import APP_SECRET, FakeGoogle
from tests import factories
from tests.oidc_server import OidcServer
from tests.worker.conftest import StartWorker, WaitFor
from tests.worker.listening import Listening, begin
from worker_jobs import consents, linking
from worker_jobs.linking import PAGE, poll_device, revoke_consent, test_connection

try_connection = test_connection
del test_connection  # it is a job, and no test

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
_ASKED = {"provider": GOOGLE}
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with FakeGoogle() as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, google: FakeGoogle, monkeypatch: pytest.MonkeyPatch) -> Settings:
    known = {"DATA": str(tmp_path), "GOOGLE_OAUTH_URL": google.url, "YOUTUBE_URL": google.url,
             "GOOGLE_CLIENT_ID": "house", "GOOGLE_CLIENT_SECRET": APP_SECRET}  # fmt: skip
    for name, value in known.items():
        monkeypatch.setenv(f"NEEDLEDROP_{name}", value)
    made = load()
    folders.make(made)
    return made


@pytest.fixture
def ada(db: Database) -> int:
    with db.writing() as session:
        return factories.person(session, "ada").id


def setting_out(db: Database, settings: Settings, person_id: int) -> Listening:
    """Ask for a code, and hand out the run of the task that asks."""
    with db.writing() as session:
        made = device_flows.begin(session, person_id, GOOGLE, GOOGLE_SCOPES)
    task = Claimed(made.id, made.public_id, device_flows.POLL, _ASKED, 1, person_id, None, None)
    return Listening(db, settings, task)


@pytest.fixture
def run(db: Database, settings: Settings, ada: int) -> Listening:
    return setting_out(db, settings, ada)


def step(run: Listening) -> dict[str, Any] | float:
    """Do one; return its result, or the seconds after which to go on."""
    try:
        return poll_device(_ASKED, run)
    except NotYet as error:
        return error.retry_after or 0


def flow(run: Listening) -> Flow | None:
    with run.db.reading() as session:
        return device_flows.find(session, run.task.person_id or 0, GOOGLE)


def shown(run: Listening) -> Shown | None:
    with run.db.reading() as session:
        return grants.find(session, run.task.person_id or 0, GOOGLE)


def connect(run: Listening, google: FakeGoogle, name: str = "ada") -> None:
    step(run)
    waiting = flow(run)
    assert waiting and waiting.user_code
    google.enters(waiting.user_code, name)
    assert step(run) == {"name": google.channels.of[name][1], "result_url": PAGE}  # type: ignore[index]


def test_a_code_is_shown_entered_and_becomes_a_consent(run: Listening, google: FakeGoogle) -> None:
    assert flow(run) == Flow(None, None, None, GOOGLE_SCOPES, 0, run.task.public_id, None)

    assert step(run) == 5
    waiting = flow(run)
    assert waiting is not None and waiting.user_code == "CODE-0001"
    assert waiting.address == f"{google.url}/device" and (waiting.expires_at or 0) > clock.now()
    assert waiting.device_code and not any(
        code in waiting.device_code for code, _ in google._devices.items()
    )
    assert step(run) == 5 and shown(run) is None

    google.enters("CODE-0001")

    assert step(run) == {"name": "Ada’s records", "result_url": PAGE}
    found = shown(run)
    assert found is not None and (found.subject, found.scopes) == ("UC-ada", GOOGLE_SCOPES)
    assert found.reconnect_by is None and flow(run) is None


@SQLITE
def test_who_is_asked_too_often_is_asked_less_often_from_then_on(
    run: Listening, google: FakeGoogle
) -> None:
    step(run)
    google.too_fast = 2

    assert [step(run) for _ in range(3)] == [10, 15, 15]


@SQLITE
@pytest.mark.parametrize(("what", "kind"), [("denies", Denied), ("expires", CodeExpired)])
def test_who_will_not_or_does_not_in_time_begins_again(
    db: Database, settings: Settings, run: Listening, google: FakeGoogle, ada: int,
    what: str, kind: type[RemoteError],
) -> None:  # fmt: skip
    step(run)
    getattr(google, what)("CODE-0001")

    with pytest.raises(kind):
        step(run)

    assert flow(run) is None and shown(run) is None
    with db.writing() as session:
        session.execute(update(Task).values(status="ERROR", finished_at=1))
    connect(setting_out(db, settings, ada), google)


@SQLITE
def test_a_code_is_not_asked_about_after_its_time(
    db: Database, run: Listening, google: FakeGoogle
) -> None:
    step(run)
    with db.writing() as session:
        session.execute(update(DeviceFlow).values(expires_at=clock.now() - 1))
    asked = google.token_calls(_DEVICE)

    with pytest.raises(CodeExpired):
        step(run)

    assert google.token_calls(_DEVICE) == asked
    assert flow(run) is None


@SQLITE
def test_a_box_that_was_not_ticked_is_no_consent(run: Listening, google: FakeGoogle) -> None:
    step(run)
    google.enters("CODE-0001", scopes="openid")

    with pytest.raises(Conflict, match="every box ticked"):
        step(run)

    assert shown(run) is None and flow(run) is None


@SQLITE
def test_an_account_without_a_channel_is_told_how_to_get_one(
    run: Listening, google: FakeGoogle
) -> None:
    google.channels.of["bob"] = None
    step(run)
    google.enters("CODE-0001", "bob")

    with pytest.raises(NoChannel, match=r"youtube\.com"):
        step(run)

    assert shown(run) is None and flow(run) is None


def test_a_name_that_no_page_could_show_is_made_one_that_can(
    run: Listening, google: FakeGoogle
) -> None:
    google.channels.of["ada"] = ("UC-ada", " Ada\0’s \x1b[31mrecords\n" + "x" * 2_000)
    step(run)
    google.enters("CODE-0001")

    step(run)

    found = shown(run)
    assert found is not None and found.subject_name == ("Ada’s [31mrecords" + "x" * 500)[:300]


def test_what_no_channel_is_called_is_none(run: Listening, google: FakeGoogle) -> None:
    google.channels.of["ada"] = ("UC\0ada", "Ada")
    step(run)
    google.enters("CODE-0001")

    with pytest.raises(RemoteError, match="do not understand"):
        step(run)
    assert shown(run) is None


@SQLITE
def test_tokens_are_not_lost_when_what_is_asked_next_has_trouble(
    run: Listening, google: FakeGoogle
) -> None:
    """The code is worth nothing any more."""
    step(run)
    google.enters("CODE-0001")
    google.answers(429, times=1, path_prefix="/youtube")

    with pytest.raises(RemoteError) as trouble:
        step(run)

    held = flow(run)
    assert trouble.value.retry_after and held is not None and held.has_tokens
    assert held.address is None
    assert step(run) == {"name": "Ada’s records", "result_url": PAGE}


@SQLITE
@pytest.mark.parametrize("path", ["/.well-known", "/device", "/token"])
def test_trouble_at_google_gives_nothing_up(run: Listening, google: FakeGoogle, path: str) -> None:
    if path == "/token":
        step(run)
    google.answers(429, times=1, path_prefix=path)

    with pytest.raises(RemoteError) as trouble:
        step(run)

    google.behaves()
    assert trouble.value.retry_after
    assert step(run) == 5 and flow(run) is not None


@SQLITE
def test_a_wrong_app_is_the_admins_business(db: Database, settings: Settings, ada: int) -> None:
    wrong = settings.model_copy(update={"google_client_id": "mistyped"})

    with pytest.raises(BadClient, match="An admin"):
        step(setting_out(db, wrong, ada))


@SQLITE
def test_a_code_that_another_task_took_over_is_given_up(
    db: Database, settings: Settings, run: Listening, ada: int
) -> None:
    with db.writing() as session:
        first = device_flows.begin(session, ada, GOOGLE, GOOGLE_SCOPES)
        assert not first.is_new and first.public_id == run.task.public_id
        session.execute(update(Task).values(status="CANCELLED", finished_at=1))

    newer = setting_out(db, settings, ada)
    step(newer)

    with pytest.raises(Conflict, match="given up"):
        step(run)
    assert flow(newer) is not None


@SQLITE
def test_a_key_that_is_gone_ends_a_code(run: Listening, settings: Settings) -> None:
    step(run)
    (settings.data / "token.key").unlink()

    with pytest.raises(Conflict):
        step(run)

    assert flow(run) is None


def test_somebody_elses_channel_is_refused_and_another_one_of_ones_own_explained(
    db: Database, settings: Settings, run: Listening, google: FakeGoogle, ada: int
) -> None:
    connect(run, google)
    google.channels.of["bob"] = ("UC-bob", "Bob’s")
    with db.writing() as session:
        bob = factories.person(session, "bob").id
        session.execute(update(Task).values(status="COMPLETE", finished_at=1))

    for person_id, name, error in ((bob, "ada", TakenAccount), (ada, "bob", OtherAccount)):
        again = setting_out(db, settings, person_id)
        step(again)
        waiting = flow(again)
        assert waiting is not None and waiting.user_code
        google.enters(waiting.user_code, name)
        with pytest.raises(error):
            step(again)
        assert flow(again) is None

    with db.reading() as session:
        assert list(session.scalars(select(Grant.subject))) == ["UC-ada"]


@SQLITE
def test_nobody_connects_for_the_house(db: Database, settings: Settings) -> None:
    with pytest.raises(Forbidden):
        poll_device(_ASKED, begin(db, settings, HOUSE))


@SQLITE
def test_the_queue_asks_again_by_itself_and_uses_up_no_try(
    db: Database, ada: int, google: FakeGoogle, start_worker: StartWorker, wait_for: WaitFor,
) -> None:  # fmt: skip
    google.interval = 1
    with db.writing() as session:
        task = device_flows.begin(session, ada, GOOGLE, GOOGLE_SCOPES)
    start_worker(
        google_oauth_url=google.url, youtube_url=google.url,
        google_client_id="house", google_client_secret=APP_SECRET,
    )  # fmt: skip
    until = time.monotonic() + 90
    while not google.token_calls(_DEVICE):
        assert time.monotonic() < until, "it never asked"
        time.sleep(0.02)

    google.enters("CODE-0001")

    done = wait_for(task.id, "COMPLETE", "ERROR")
    assert done.status == "COMPLETE" and done.failures == 0 and done.attempt >= 3
    with db.reading() as session:
        found = grants.find(session, ada, GOOGLE)
    assert found is not None and found.status == OK


@SQLITE
def test_the_same_at_a_server_that_others_wrote(
    db: Database, settings: Settings, ada: int, oidc: OidcServer, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Standard error codes, and the standard's names for the fields; only the channel is ours."""
    known = {"google_oauth_url": oidc.url, "google_client_id": "public",
             "google_client_secret": None}  # fmt: skip
    with db.writing() as session:
        device_flows.begin(session, ada, GOOGLE, ("openid", "offline_access", "youtube"))
        task = session.scalars(select(Task)).one()
    claimed = Claimed(task.id, task.public_id, "poll_device", _ASKED, 1, ada, None, None)
    run = Listening(db, settings.model_copy(update=known), claimed)
    monkeypatch.setattr(linking, "_google_account", lambda *_: Account("UC-ada", "Ada’s"))

    assert step(run) == 5
    waiting = flow(run)
    assert waiting is not None and waiting.user_code and waiting.address == f"{oidc.url}/device"
    assert step(run) == 5
    oidc.enter_code(waiting.user_code)

    assert step(run) == {"name": "Ada’s", "result_url": PAGE}
    found = shown(run)
    assert found is not None and set(found.scopes) >= {"youtube"}
    assert consents.of(run, ada, GOOGLE).access(1).version == 2, "and it can be renewed there"


@SQLITE
def test_who_declines_there_is_told(
    db: Database, settings: Settings, ada: int, oidc: OidcServer
) -> None:
    known = {"google_oauth_url": oidc.url, "google_client_id": "public",
             "google_client_secret": None}  # fmt: skip
    with db.writing() as session:
        made = device_flows.begin(session, ada, GOOGLE, ("youtube",))
    claimed = Claimed(made.id, made.public_id, "poll_device", _ASKED, 1, ada, None, None)
    run = Listening(db, settings.model_copy(update=known), claimed)
    step(run)
    waiting = flow(run)
    assert waiting is not None and waiting.user_code

    oidc.enter_code(waiting.user_code, agrees=False)

    with pytest.raises(Denied):
        step(run)


def test_a_connection_is_tried(run: Listening, google: FakeGoogle) -> None:
    connect(run, google)
    google.channels.of["ada"] = ("UC-ada", "Ada’s new name")

    page = f"{PAGE}?tested=google"
    assert try_connection(_ASKED, run) == {"name": "Ada’s new name", "result_url": page}

    found = shown(run)
    assert found is not None and found.subject_name == "Ada’s new name"


@SQLITE
def test_one_that_leads_to_another_account_is_told(run: Listening, google: FakeGoogle) -> None:
    connect(run, google)
    google.channels.of["ada"] = ("UC-other", "Other")

    with pytest.raises(Conflict, match="another account"):
        try_connection(_ASKED, run)


@SQLITE
def test_one_that_ended_is_noted_as_ended(db: Database, run: Listening, google: FakeGoogle) -> None:
    connect(run, google)
    google.ends_consents()
    with db.writing() as session:
        session.execute(update(Grant).values(access_expires_at=0))

    with pytest.raises(ReconnectNeeded, match="publish it"):
        try_connection(_ASKED, run)

    found = shown(run)
    assert found is not None and found.status == RECONNECT


@SQLITE
def test_trying_what_is_not_connected_says_so(run: Listening) -> None:
    with pytest.raises(ReconnectNeeded):
        try_connection(_ASKED, run)


@SQLITE
def test_one_whose_key_is_back_holds_again(
    run: Listening, google: FakeGoogle, settings: Settings
) -> None:
    connect(run, google)
    key = settings.data / "token.key"
    kept = key.read_text()
    key.unlink()
    with pytest.raises(ReconnectNeeded):
        try_connection(_ASKED, run)

    key.write_text(kept)

    assert try_connection(_ASKED, run)["name"] == "Ada’s records"
    found = shown(run)
    assert found is not None and found.is_ok


def disconnect(run: Listening) -> Task | None:
    with run.db.writing() as session:
        made = grants.drop(session, run.settings.data, run.task.person_id or 0, GOOGLE)
        return None if made is None else session.get(Task, made.id)


def test_google_is_told_of_a_disconnection(run: Listening, google: FakeGoogle) -> None:
    connect(run, google)
    store_of = shown(run)
    assert store_of is not None
    token = GrantStore(run.db, run.settings.data, store_of.id, GOOGLE).read().refresh

    task = disconnect(run)

    assert task is not None and token is not None and shown(run) is None
    assert revoke_consent(task.args, run) == {} == revoke_consent(task.args, run)
    assert google.revoked == [token.get_secret_value()]


def test_google_is_told_when_somebody_leaves_the_house(run: Listening, google: FakeGoogle) -> None:
    connect(run, google)
    found = shown(run)
    assert found is not None
    token = GrantStore(run.db, run.settings.data, found.id, GOOGLE).read().refresh
    with run.db.writing() as session:
        factories.person(session, "root", is_admin=True)
        goodbyes.ask(session, run.task.person_id or 0, HOUSE)
        task = session.scalars(select(Task).where(Task.action == grants.REVOKE)).one()

    assert shown(run) is None and task.person_id is None
    assert revoke_consent(task.args, run) == {}
    assert token is not None and google.revoked == [token.get_secret_value()]
    assert token.get_secret_value() not in str(task.args)


@SQLITE
@pytest.mark.parametrize("state", ["ended", "without its key"])
def test_of_what_cannot_be_used_nobody_is_told(
    run: Listening, google: FakeGoogle, settings: Settings, state: str
) -> None:
    connect(run, google)
    found = shown(run)
    assert found is not None
    if state == "ended":
        GrantStore(run.db, settings.data, found.id, GOOGLE).end(1, "over")
    else:
        (settings.data / "token.key").unlink()

    assert disconnect(run) is None and shown(run) is None


def test_what_ends_soon_and_what_nobody_finished_is_looked_after(
    db: Database, run: Listening, google: FakeGoogle
) -> None:
    connect(run, google)
    with db.writing() as session:
        session.execute(update(Grant).values(reconnect_by=clock.now() + 6 * clock.DAY + 1_000))
        bob = factories.person(session, "bob").id
        device_flows.begin(session, bob, GOOGLE, GOOGLE_SCOPES)
        session.execute(update(DeviceFlow).values(created_at=clock.now() - 2 * clock.DAY))

    done = linking.end_of_consents({}, run)

    assert done == {"ending": {"30": 0, "7": 1, "1": 0}, "dropped": 1}


def test_what_is_disconnected_while_google_is_asked_stays_so(
    run: Listening, google: FakeGoogle
) -> None:
    class Meanwhile(dict[str, tuple[str, str] | None]):
        def get(self, name: str, otherwise: Any = None) -> Any:
            disconnect(run)
            return super().get(name, otherwise)

    google.channels.of = Meanwhile(google.channels.of)
    step(run)
    google.enters("CODE-0001")

    with pytest.raises(Conflict, match="given up"):
        step(run)
    assert shown(run) is None and flow(run) is None


def test_a_cancelled_code_is_not_asked_about(db: Database, run: Listening, ada: int) -> None:
    with db.writing() as session:
        grants.drop(session, run.settings.data, ada, GOOGLE)

    with db.reading() as session:
        assert not claims.wanted(session, run.task)
    with pytest.raises(Conflict, match="given up"):
        step(run)
