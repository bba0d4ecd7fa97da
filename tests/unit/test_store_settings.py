"""What a store for several hosts wants to be told, the keys with it, and what follows from it."""

from pathlib import Path

import pytest

from core.errors import BadSetting, CannotStart, Conflict
from core.folders import make
from core.settings import Settings, load
from database import backing_up, restoring
from tests.faults import backed_up
from tests.s3_server import S3Server
from webapp.checkup import store as checkup

_ADDRESS = "s3+https://store.example.org/house"


def test_the_doctor_tries_it_and_leaves_nothing(s3: S3Server, tmp_path: Path) -> None:
    settings = Settings.model_validate({"data": tmp_path, **s3.settings()})
    make(settings)

    assert [check.status for check in checkup.look(settings)] == ["ok"]
    assert s3.objects() == set()
    assert list(settings.uploads.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"store_key_secret": "another"}, "refuses our key"),
        ({"store_key_id": "ANOTHER"}, "refuses our key"),
        ({"store_url": "s3+http://127.0.0.1:9/house"}, "does not answer"),
    ],
)
def test_the_doctor_says_what_is_wrong_with_it(
    s3: S3Server, tmp_path: Path, wrong: dict[str, str], said: str
) -> None:
    settings = Settings.model_validate({"data": tmp_path, **s3.settings(), **wrong})

    (check,) = checkup.look(settings)

    assert check.status == "fail" and said in check.detail
    assert "NEEDLEDROP_STORE_KEY_ID" in check.hint
    assert "another" not in f"{check}"


def test_the_doctor_has_nothing_to_say_where_there_is_none(tmp_path: Path) -> None:
    assert checkup.look(Settings(data=tmp_path)) == []


def test_a_key_that_is_given_lies_where_keys_lie(tmp_path: Path) -> None:
    given = "a" * 43 + "="
    settings = Settings.model_validate({"data": tmp_path, "token_key": given})

    make(settings)
    make(settings)

    kept = tmp_path / "token.key"
    assert kept.read_text() == given
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_key_in_the_place_of_another_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token.key").write_text("b" * 43 + "=")
    settings = Settings.model_validate({"data": tmp_path, "token_key": "a" * 43 + "="})

    with pytest.raises(CannotStart, match="holds another key"):
        make(settings)


@pytest.mark.parametrize("missing", ["store_key_id", "store_key_secret", "secret_key", "token_key"])
def test_a_store_asks_for_all_its_keys(
    monkeypatch: pytest.MonkeyPatch, missing: str, tmp_path: Path
) -> None:
    given = S3Server.keys() | {"store_url": _ADDRESS}
    del given[missing]
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path))
    for name, said in given.items():
        monkeypatch.setenv(f"NEEDLEDROP_{name.upper()}", said)

    with pytest.raises(BadSetting, match=f"NEEDLEDROP_{missing.upper()}"):
        load()


@pytest.mark.parametrize(
    "wrong",
    [
        "s3://store.example.org/house",
        "s3+https://store.example.org",
        "s3+https://store.example.org/House",
        "s3+https://store.example.org/house/below",
        "s3+https://key:secret@store.example.org/house",
        "https://store.example.org/house",
    ],
)
def test_an_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    for name, said in (S3Server.keys() | {"store_url": wrong}).items():
        monkeypatch.setenv(f"NEEDLEDROP_{name.upper()}", said)

    with pytest.raises(BadSetting, match="NEEDLEDROP_STORE_URL: give an address like"):
        load()


def test_a_backup_beside_a_store_holds_the_database_alone(new_sqlite: Path, tmp_path: Path) -> None:
    """What lies here is but some of the files."""
    without = backed_up.make(tmp_path, new_sqlite)
    given = S3Server.keys() | {"store_url": _ADDRESS}
    with_store = Settings.model_validate({"data": tmp_path, **given})
    (tmp_path / "token.key").unlink()
    make(with_store)

    assert backing_up.whole(with_store, passphrase=None).files == 0
    full = backing_up.whole(without, passphrase=None)

    assert full.files > 0
    before = backed_up.content(without)
    with pytest.raises(Conflict, match="are in a store"):
        restoring.restore(with_store, full.backup.path, None)
    assert backed_up.content(without) == before
