"""The app on a port of its own, plainly or behind TLS, for real clients in tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

_HOST = "127.0.0.1"


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - as it is called
        del type, message, args


@contextmanager
def served(app: Flask, certificate: Path | None = None) -> Iterator[str]:
    """Answer at the host and port that this yields, by https with a certificate."""
    tls = (str(certificate), str(certificate)) if certificate else None
    server = make_server(_HOST, 0, app, threaded=True, request_handler=_Silent, ssl_context=tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"{_HOST}:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_certificate(file: Path) -> Path:
    """Write a certificate of this machine's own with its key, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, _HOST)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(_HOST))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    return file
