"""What is there for a house on several hosts fits the program; no container is started."""

import fnmatch
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.settings import PREFIX, ROOT, Settings, load
from database import copying
from tests.conftest import missing

_SCALE = ROOT / "deploy" / "scale"
_NAMES = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
_SHELL = re.compile(r"^\$\{(\w+):-.*\}$")


@pytest.fixture
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((_SCALE / "compose.yaml").read_text())
    return found


def test_each_service_names_what_is_there(compose: dict[str, Any]) -> None:
    services, secrets, volumes = compose["services"], compose["secrets"], compose["volumes"]

    assert services["worker"]["deploy"]["replicas"] == 3
    for name, service in services.items():
        assert set(service.get("secrets", ())) <= secrets.keys(), name
        assert set(service.get("depends_on", ())) <= services.keys(), name
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source in volumes or (_SCALE / source).is_file(), volume
    for web in ("web1", "web2"):
        assert services[web]["image"] == services["worker"]["image"]
        assert f"--bind=unix:/run/needledrop/{web}.sock" in services[web]["command"]
        assert f"server unix:/run/needledrop/{web}.sock;" in (_SCALE / "nginx.conf").read_text()


def test_what_the_program_is_told_there_is_a_setting(compose: dict[str, Any]) -> None:
    program = compose["services"]["web1"]
    handed = {name.upper() for name in program["secrets"]}
    given = program["environment"].keys() - {"CREDENTIALS_DIRECTORY"}

    assert handed | given <= _NAMES
    assert program["environment"]["CREDENTIALS_DIRECTORY"] == "/run/secrets"
    assert all(_SHELL.match(program["environment"][name]) for name in given)


def test_the_secrets_are_good_ones_and_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compose: dict[str, Any]
) -> None:
    shutil.copy(_SCALE / "secrets.sh", tmp_path)
    subprocess.run([tmp_path / "secrets.sh"], check=True)
    made = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    subprocess.run([tmp_path / "secrets.sh"], check=True)

    assert {Path(said["file"]).name for said in compose["secrets"].values()} == made.keys()
    assert {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()} == made
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "secrets"))
    settings = load()
    assert copying.address(settings.database_url).host == "postgres"
    assert made["redis_password"] in (settings.redis_url or "")
    assert settings.secret_key and len(settings.secret_key.get_secret_value()) == 48


def test_the_image_holds_the_whole_program() -> None:
    said = (_SCALE / "Dockerfile").read_text().replace("\\\n", " ")
    copied = {
        word
        for line in re.findall(r"^COPY (.+)$", said, re.MULTILINE)
        for word in line.split()[:-1]
    }
    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")}

    assert all((ROOT / name).exists() for name in copied)
    assert packages - {"attack", "bench", "fakes", "tests"} <= copied
    allowed = (_SCALE / "Dockerfile.dockerignore").read_text()
    wanted = re.findall(r"^!(.+)$", allowed, re.MULTILINE)
    assert [name for name in copied if not any(fnmatch.fnmatch(name, it) for it in wanted)] == []


def test_nginx_takes_its_site(tmp_path: Path) -> None:
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(program).exists():
        missing("nginx")
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; include {_SCALE}/nginx.conf; }}\n"
    )

    tried = subprocess.run(
        [program, "-t", "-q", "-p", tmp_path, "-c", whole], capture_output=True, check=False
    )

    assert tried.returncode == 0, tried.stderr.decode()


def test_the_backup_reaches_a_database_on_another_host() -> None:
    """The unit has no network; every other line of that kind is taken back by the drop-in."""
    unit = (ROOT / "deploy/pi/systemd/needledrop-backup.service").read_text()
    drop_in = (_SCALE / "systemd/needledrop-backup.service.d/shared.conf").read_text()

    closed = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line)
    opened = dict(line.split("=", 1) for line in drop_in.splitlines() if "=" in line)

    assert (closed["PrivateNetwork"], opened["PrivateNetwork"]) == ("yes", "no")
    assert (closed["IPAddressDeny"], opened["IPAddressDeny"]) == ("any", "")
    assert "AF_INET AF_INET6" in opened["RestrictAddressFamilies"]


def test_systemd_takes_the_drop_ins(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze")
    (tmp_path / "needledrop-worker.service.d").mkdir()
    for file in _SCALE.glob("systemd/*/*.conf"):
        shutil.copy(file, tmp_path / "needledrop-worker.service.d")
    unit = tmp_path / "needledrop-worker.service"
    unit.write_text("[Service]\nType=exec\nExecStart=/bin/true\nUser=nobody\n")

    shown = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit],
        capture_output=True,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
        check=False,
    )

    said = [line for line in shown.stderr.decode().splitlines() if ".conf" in line]
    assert said == []
    credentials = {
        line.partition("=")[2].partition(":")[0].upper()
        for file in _SCALE.glob("systemd/*/*.conf")
        for line in file.read_text().splitlines()
        if line.startswith("LoadCredential=")
    }
    # Of a store all that it demands, besides what deploy/pi hands over.
    of_a_store = {"STORE_URL", "STORE_KEY_ID", "STORE_KEY_SECRET", "TOKEN_KEY"}
    assert credentials == {f"{PREFIX}{name}" for name in {"DATABASE_URL", "REDIS_URL", *of_a_store}}
