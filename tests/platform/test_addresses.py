"""Where a call goes, and what it says there: names, addresses, TLS, headers."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest

from criabot.errors import ApiUnreachable
from tests.platform.conftest import TOKEN
from tests.platform.rawserver import a_client, confirm, number, post, raw, soon, wire

OK = b"HTTP/1.1 200 OK\r\n"


async def test_nothing_can_be_smuggled_in_by_a_path() -> None:
    async with wire(confirm) as (told, base_url), a_client(base_url) as client:
        for path in ("/a b", "/a\r\nX: y", "/a HTTP/1.1\r\nX: y", "/a\n", "/ä", "a"):
            with pytest.raises(ValueError, match="path"):
                await client._transport.request("GET", path)
        assert told.requests == []


async def test_a_request_is_written_as_it_should_be() -> None:
    async with wire(raw(OK + b"Content-Length: 2\r\n\r\n{}")) as (told, base_url):
        address = base_url.replace("127.0.0.1", "ana:p%40ss@LocalHost") + "/crm ã/"
        async with a_client(address) as client:
            await soon(client._transport.request("GET", "/x", params={"after": 1, "before": 2}, token=TOKEN))
            await soon(client._transport.request("POST", "/x", json={"a": "ã"}))
            await soon(client._transport.request("POST", "/x"))
    host = base_url.removeprefix("http://").replace("127.0.0.1", "localhost")
    got, posted, empty = [head.split("\r\n") for head in told.heads]
    assert got[0] == "GET /crm%20%C3%A3/x?after=1&before=2 HTTP/1.1"
    assert {f"Host: {host}", "Authorization: Basic YW5hOnBAc3M=", f"Api-Access-Token: {TOKEN}"} <= set(got)
    assert not any(line.startswith("Content") for line in got)
    assert posted[0] == "POST /crm%20%C3%A3/x HTTP/1.1"
    assert {"Content-Type: application/json", "Content-Length: 10"} <= set(posted)
    assert TOKEN not in "".join(posted)
    assert "Content-Length: 0" in empty


async def test_an_ipv6_address_will_do() -> None:
    async with wire(confirm, host="::1") as (told, base_url), a_client(base_url) as client:
        assert await post(client) == 5
        assert f"Host: {base_url.removeprefix('http://')}" in told.heads[0].split("\r\n")


@pytest.mark.parametrize("base_url", ["http://nobody.invalid", "http://a..b", "https://127.0.0.1:1"])
async def test_an_address_without_a_server_was_sent_nothing(base_url: str) -> None:
    async with a_client(base_url) as client:
        with pytest.raises(ApiUnreachable):
            await post(client)


@pytest.mark.parametrize(
    "base_url", ["", "app.cria.chat", "ftp://app.cria.chat", "https://", "http://ana:s3cret@h:99999"]
)
def test_a_base_url_that_is_none_is_refused(base_url: str) -> None:
    with pytest.raises(ValueError, match="base_url must be") as caught:
        a_client(base_url)
    assert "s3cret" not in repr(caught.value)
    assert caught.value.__context__ is None


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate of "localhost", signed by itself."""
    file = tmp_path / "both.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run(
        [*command.split(), "-keyout", file, "-out", tmp_path / "certificate.pem"], check=True, capture_output=True
    )
    file.write_bytes(file.read_bytes() + (tmp_path / "certificate.pem").read_bytes())
    return file


def tls_with(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def by_name(base_url: str) -> str:
    return base_url.replace("127.0.0.1", "localhost")


async def test_https_works_and_keeps_its_connections(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with wire(number, tls=tls_with(certificate)) as (told, base_url), a_client(by_name(base_url)) as client:
        assert [await post(client), await post(client)] == [1, 2]
        assert len(told.tasks) == 1


@pytest.mark.parametrize(("trusted", "host"), [(True, "127.0.0.1"), (False, "localhost")])
async def test_a_server_that_is_another_gets_nothing(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool, host: str
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with wire(number, tls=tls_with(certificate)) as (told, base_url):
        async with a_client(base_url.replace("127.0.0.1", host)) as client:
            with pytest.raises(ApiUnreachable):
                await post(client)
        assert told.requests == []
