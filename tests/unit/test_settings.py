"""Settings: read once, refused when unknown, all of them documented with their defaults."""

import re
from pathlib import Path

import pytest

from core.errors import BadSetting
from core.settings import PREFIX, ROOT, Settings, load

_ROW = re.compile(r"^\| `(NEEDLEDROP_[A-Z0-9_]+)` \| (.*?) \|", re.MULTILINE)


@pytest.fixture(autouse=True)
def none_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)


def test_every_setting_is_documented_and_nothing_else() -> None:
    documented = [name for name, _ in _ROW.findall((ROOT / "docs/settings.md").read_text())]

    assert sorted(documented) == sorted(PREFIX + name.upper() for name in Settings.model_fields)


def test_documented_defaults_are_the_real_ones() -> None:
    told = dict(_ROW.findall((ROOT / "docs/settings.md").read_text()))
    for name, field in Settings.model_fields.items():
        default = told[PREFIX + name.upper()]
        if isinstance(field.default, str) and field.default:
            assert default == f"`{field.default}`"
        elif isinstance(field.default, bool | int):
            assert default == f"`{int(field.default)}`"
        elif isinstance(field.default, Path):
            assert default == f"`./{field.default.relative_to(ROOT)}`"
        else:
            assert "`" not in default, f"{name} has no default of its own"


def test_an_unknown_one_names_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDLEDROP_TMBD_TOKEN", "x")

    with pytest.raises(BadSetting, match="did you mean NEEDLEDROP_TMDB_TOKEN"):
        load()


def test_those_of_the_tests_are_let_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDLEDROP_TEST_WHATEVER", "x")

    load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "http"),
        ("GUEST_MOSAICS", "perhaps"),
        ("DATA", "~nosuch/hush"),
        ("DATABASE_URL", "hush"),
        ("DATABASE_URL", "mysql://hush@localhost/hush"),
        ("DATABASE_URL", "postgresql://hush:hush@localhost:port/hush"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("REDIS_URL", "hush"),
        ("REDIS_URL", "redis://hush:port/0"),
        ("REDIS_URL", "http://hush/0"),
        ("REDIS_URL", "redis://hush/0?nonsense=1"),
        ("SECRET_KEY", "hush"),
        ("PUBLIC_URL", "films"),
        ("PUBLIC_URL", "ftp://films"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://films:port"),
        ("PUBLIC_URL", "https://two films"),
        ("LETTERBOXD_URL", "nonsense"),
        ("TMDB_URL", "nonsense"),
        ("COVER_ART_URL", "file:///etc/passwd"),
        ("SECURITY_CONTACT", "maya@example.org"),
        ("SECURITY_CONTACT", "mailto:maya@hush\nExpires: never@x"),
    ],
)
def test_a_wrong_one_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)

    with pytest.raises(BadSetting) as caught:
        load()

    assert str(caught.value).startswith(f"{PREFIX}{name}: ")
    assert str(caught.value).endswith("; see docs/settings.md")
    assert "hush" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://u:p%40ss@[::1]:5432/name"),
        ("DATABASE_URL", "postgresql://u@/name?host=/run/postgresql"),
        ("DATABASE_URL", "postgres://host/name"),
        ("DATABASE_URL", "sqlite:////srv/films.sqlite3"),
        ("REDIS_URL", "redis://:p@host:6379/0"),
        ("REDIS_URL", "rediss://host"),
        ("SECRET_KEY", "x" * 32),
        ("PUBLIC_URL", "https://films.example.org"),
        ("PUBLIC_URL", "http://[::1]:8000"),
        ("TMDB_URL", "http://127.0.0.1:1234"),
        ("SECURITY_CONTACT", "mailto:maya@example.org"),
        ("SECURITY_CONTACT", "https://example.org/told?by=you"),
    ],
)
def test_a_good_one_is_taken(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + name, value)

    given = getattr(load(), name.lower())

    assert getattr(given, "get_secret_value", lambda: given)() == value


def test_the_file_of_the_database_is_known_where_it_is_one(tmp_path: Path) -> None:
    assert Settings(data=tmp_path).database_file == tmp_path / "needledrop.sqlite3"
    assert Settings(database_url="sqlite:////srv/a.db?timeout=3").database_file == Path("/srv/a.db")
    assert Settings(database_url="postgresql://host/name").database_file is None


def test_an_empty_one_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDLEDROP_PORT", "")

    assert load().port == 8000


def test_a_relative_folder_starts_at_the_program(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEEDLEDROP_DATA", "elsewhere")

    assert load().data == ROOT / "elsewhere"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgresql_gets_the_driver_that_is_there(scheme: str) -> None:
    given = Settings(database_url=f"{scheme}://u:p@host/name")

    assert given.database == "postgresql+psycopg://u:p@host/name"


def test_secrets_do_not_show() -> None:
    given = Settings.model_validate({"tmdb_token": "hush", "secret_key": "hush" * 8})

    assert "hush" not in repr(given)


def test_what_systemd_hands_over_is_read_from_its_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "needledrop_secret_key").write_text("x" * 40 + "\n")
    (tmp_path / "needledrop_tmdb_token").write_text("")
    (tmp_path / "somebody_elses").write_text("hush")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    given = load()

    assert given.secret_key is not None and given.secret_key.get_secret_value() == "x" * 40
    assert given.tmdb_token is None


def test_a_variable_comes_before_a_file_of_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "needledrop_port").write_text("8001")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load().port == 8001

    monkeypatch.setenv("NEEDLEDROP_PORT", "8002")

    assert load().port == 8002


def test_a_file_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "needledrop_secret_key").write_bytes(b"\xff" * 40)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    with pytest.raises(BadSetting, match=r"NEEDLEDROP_SECRET_KEY: .* cannot be read"):
        load()
