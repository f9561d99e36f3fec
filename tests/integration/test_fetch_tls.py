"""TLS to an address that was checked: the certificate must still be the name's."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import pytest
from hostile_server import PUBLIC, Internet, Server, moved, page, reply, talk

from rag.errors import UnreadableSource
from rag.ingest.fetch import Limits, fetch

pytestmark = pytest.mark.folder  # opens no library

pytest.importorskip("cryptography", reason="certificates are made with it")

ROOF = "The council voted to mend the roof of the town hall in March."


class Site(NamedTuple):
    """A site behind TLS, and the certificate that its own authority is known by."""

    server: Server
    internet: Internet
    certificate: Path


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """https://news.example with a certificate that it signed itself."""
    certificate = certificate_for("news.example", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Server(context=context).serving() as server:
        server.answers["/"] = reply(page(ROOF))
        yield Site(server, Internet(server), certificate)


def certificate_for(name: str, folder: Path) -> Path:
    """A file with a new key, and a certificate for `name` signed with it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.2"))])
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / f"{name}.pem"
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


def test_a_site_that_vouches_for_itself_is_refused(site: Site) -> None:
    with pytest.raises(UnreadableSource, match=r"news\.example does not prove who it is .*self-signed.*SSL_CERT_FILE"):
        fetch("https://news.example/", network=site.internet.network)
    assert site.server.heads == []


def test_the_name_is_verified_and_the_connection_goes_to_the_address(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C35: the pin takes nothing from TLS. The server is asked by name (SNI, Host), at the address of the name."""
    monkeypatch.setenv("SSL_CERT_FILE", str(site.certificate))
    assert fetch("https://news.example./", network=site.internet.network).data == page(ROOF)
    assert site.internet.connected == [str(PUBLIC)]
    assert site.server.names == ["news.example"]
    assert "\r\nHost: news.example\r\n" in site.server.heads[0]


@pytest.mark.parametrize("host", ["other.example", "93.184.216.34"])
def test_a_certificate_of_another_site_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(site.certificate))
    with pytest.raises(UnreadableSource, match=f"{host} does not prove who it is .*mismatch"):
        fetch(f"https://{host}/", network=site.internet.network)
    assert site.server.heads == []


def test_a_redirect_to_a_site_that_proves_nothing_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(site.certificate))
    site.server.answers["/"] = moved("https://other.example/")
    with pytest.raises(UnreadableSource, match=r"it leads to https://other.example/: other.example does not prove"):
        fetch("https://news.example/", network=site.internet.network)


def test_a_site_without_tls_is_said_to_have_none() -> None:
    with Server().serving() as server:
        server.answers["/"] = reply(page(ROOF))
        with pytest.raises(UnreadableSource, match="no secure connection to news"):
            fetch("https://news.example/", network=Internet(server).network)


def test_a_site_that_takes_its_time_with_tls_is_left() -> None:
    """Each byte comes soon after the one before, and all of them together never."""
    with Server().serving() as server:
        server.hello = talk(b"\x16\x03\x03\x40\x00", *[b"a"] * 400, pause=0.05)
        with pytest.raises(UnreadableSource, match=r"news\.example is too slow"):
            fetch("https://news.example/", network=Internet(server).network, limits=Limits(total_s=0.6))
