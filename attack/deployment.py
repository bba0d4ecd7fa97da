"""What deploy/pi puts around the program: how much the units may do, nginx's site, its TLS."""

import re
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attack.house import free_port, started
from attack.tools import debian, run
from core.settings import PREFIX, ROOT
from tests.basement.conftest import SECRET_KEY, server_conf

SYSTEMD = ROOT / "deploy" / "pi" / "systemd"
_MOST_EXPOSED = {"web": 1.3, "worker": 1.3, "backup": 0.5}
_PYTHON = "/usr/local/lib/needledrop/current/.venv/bin/python"
_TOOL_SECONDS = 60
_OLD = re.compile(r"^(SSLv2|SSLv3|TLSv1\.0|TLSv1\.1)\s+enabled", re.MULTILINE)
# What sslscan says of ciphers that nobody should be offered.
_WEAK = re.compile(
    r"^(?:Preferred|Accepted)\s+\S+\s+\d+ bits\s+(\S*(?:RC4|3DES|NULL|EXP)\S*)", re.MULTILINE
)


def units(folder: Path, *, hardened: bool = True) -> list[str]:
    """Return which service could do more than it may; not `hardened`: the control.

    Raises:
        ToolMissing: systemd-analyze is not there.
        RuntimeError: it gave no score.
    """
    program = debian("systemd-analyze", "systemd")
    for file in SYSTEMD.glob("needledrop-*"):
        if file.is_file():
            (folder / file.name).write_text(file.read_text().replace(_PYTHON, "/bin/true"))
    if hardened:
        name = "needledrop-.service.d"
        shutil.copytree(SYSTEMD / name, folder / name)
    found = []
    for service, most in _MOST_EXPOSED.items():
        unit = str(folder / f"needledrop-{service}.service")
        said = run([program, "security", "--offline=true", unit], _TOOL_SECONDS)
        score = re.search(r"exposure level[^:]*: ([\d.]+)", said.text)
        if score is None:
            raise RuntimeError(f"systemd-analyze gave no score: {said.text[-300:]}")
        if float(score[1]) > most:
            found.append(f"{service} could do too much: {score[1]} > {most}")
    return found


def site_is_read(folder: Path, conf: str) -> list[str]:
    """Return what nginx does not understand of a configuration.

    Raises:
        ToolMissing: nginx is not there.
    """
    program = debian("nginx", "nginx-light")
    (folder / "tested.conf").write_text(conf)
    said = run([program, "-t", "-c", str(folder / "tested.conf"), "-p", str(folder)], _TOOL_SECONDS)
    return [f"nginx -t: {said.text.strip()[-200:]}"] if said.code != 0 else []


def tls(address: str) -> list[str]:
    """Return what sslscan finds that is out of date.

    Raises:
        ToolMissing: sslscan is not there.
        RuntimeError: it reached nobody.
    """
    command = [debian("sslscan"), "--no-colour", "--no-heartbleed", "--connect-timeout=5", address]
    said = run(command, _TOOL_SECONDS)
    if "enabled" not in said.text:
        raise RuntimeError(f"sslscan reached nobody: {said.text[-300:]}")
    old = [f"TLS: {name} is offered" for name in _OLD.findall(said.text)]
    return old + [f"TLS: {cipher} is offered" for cipher in set(_WEAK.findall(said.text))]


def conf(folder: Path, port: int, site: str = "self-signed") -> str:
    return server_conf(folder, port, site)


def loosened(text: str) -> str:
    """Return a configuration that offers what nobody should be offered: the control."""
    old = "ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0;"
    return re.sub(r"ssl_protocols [^;]*;", old, text)


@contextmanager
def behind_nginx(
    folder: Path, site: str = "self-signed", *, is_loose: bool = False
) -> Iterator[int]:
    """Start the house as on a Pi, gunicorn behind nginx; yield the port of plain http.

    With its own certificate that port only leads to https, one port on; with `site` "none" the
    house is there.

    Raises:
        ToolMissing: nginx is not there.
        RuntimeError: the house does not answer.
    """
    port = free_port()
    certificate(folder / "tls.pem")
    text = conf(folder, port, site)
    (folder / "nginx.conf").write_text(loosened(text) if is_loose else text)
    plain, encrypted = f"http://127.0.0.1:{port}", f"https://127.0.0.1:{port + 1}"
    environment = {
        f"{PREFIX}DATA": str(folder / "data"),
        f"{PREFIX}SECRET_KEY": SECRET_KEY,
        # As the installer writes it: a house that knows its address asks no way for it.
        f"{PREFIX}PUBLIC_URL": plain if site == "none" else encrypted,
    }
    gunicorn = [
        *(sys.executable, "-OO", "-m", "gunicorn", "-c", "deploy/pi/gunicorn_conf.py"),
        *("-b", f"unix:{folder}/web.sock", "server:app"),
    ]
    program = debian("nginx", "nginx-light")
    nginx = [program, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-g", "daemon off;"]
    with ExitStack() as running:
        running.enter_context(started(nginx, port, folder / "nginx.log", {}))
        if not is_loose:
            running.enter_context(started(gunicorn, port, folder / "web.log", environment))
            _wait_for(folder / "web.sock")
        yield port


def _wait_for(way_in: Path) -> None:
    # nginx answers long before.
    until = time.monotonic() + _TOOL_SECONDS
    while time.monotonic() < until:
        with socket.socket(socket.AF_UNIX) as line, suppress(OSError):
            line.settimeout(_TOOL_SECONDS)
            line.connect(str(way_in))
            line.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            if b" 200 " in line.recv(64):
                return
        time.sleep(0.1)
    raise RuntimeError(f"nobody answers at {way_in}")


def certificate(file: Path) -> None:
    """Write a certificate that signs itself, with its key, as install.sh makes one."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "needledrop.local")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.Encoding.PEM
    file.write_bytes(
        key.private_bytes(plain, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(plain)
    )
