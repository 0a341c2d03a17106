"""Requests to addresses that users name reach public hosts, or those that are allowed, and nothing else."""

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from matcher.errors import MatcherError
from service.outgoing import Allowed, Outgoing, numeric_or_named
from tests.service.receiver import Receiver, receiving

PUBLIC = "93.184.216.34"
REFUSED_ADDRESSES = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::1", "::", "::127.0.0.1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b:1::1",
    "2002:7f00:1::", "2001:0:4136:e378::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1",
]  # fmt: skip
REFUSED_FIGURES = [
    "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.1", "10.1", "0", "[::1]",
    "[::ffff:7f00:1]", "[::ffff:127.0.0.1]", "[fe80::1]", "169.254.169.254", "0xa9fea9fe", "2852039166",
]  # fmt: skip
BAD = [
    "", "example.com", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "https://", "https:///x",
    "https://user@example.com/", "https://user:pw@example.com/", "https://example.com@127.0.0.1/",
    "https://example.com\\@127.0.0.1/", "https://exa mple.com/", "https://example.com/\r\nX: y", "//example.com/",
    "https://example.com/#a", "https://example.com:99999/", "https://exam%70le.com/", "https://a..b/",
    "https://[::1/", "javascript:alert(1)", "https://example.com/é",
]  # fmt: skip


def out(*addresses: str, allowed: str = "") -> Outgoing:
    return Outgoing(Allowed.parse(allowed), resolve=lambda _host, _port: addresses)


def code_of(outgoing: Outgoing, url: str) -> str:
    with pytest.raises(MatcherError) as error:
        outgoing.post(url, b"{}", {})
    return error.value.code


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    assert code_of(out(address), "https://inside.example/hook") == "address_refused"


@pytest.mark.parametrize("host", REFUSED_FIGURES)
def test_figures_are_refused_however_written_before_anything_is_kept(host: str) -> None:
    outgoing = Outgoing(Allowed())
    with pytest.raises(MatcherError) as error:
        outgoing.check(f"https://{host}/hook")
    assert error.value.code == "address_refused"
    assert code_of(outgoing, f"https://{host}/hook") == "address_refused"


@pytest.mark.parametrize("url", BAD)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(MatcherError) as error:
        Outgoing(Allowed()).check(url)
    assert error.value.code == "bad_url"
    assert code_of(out(PUBLIC), url) == "bad_url"


@pytest.mark.parametrize("url", ["https://example.com/hook?key=a-b_c", "https://例子.中国/x", "https://93.184.216.34/"])
def test_public_addresses_may_be_kept(url: str) -> None:
    Outgoing(Allowed()).check(url)


def test_plain_http_is_for_what_is_allowed() -> None:
    assert code_of(out(PUBLIC), "http://example.com/") == "address_refused"
    assert code_of(out(PUBLIC, allowed="10.0.0.0/8"), "http://example.com/") == "address_refused"
    with pytest.raises(MatcherError):
        Outgoing(Allowed()).check("http://example.com/")
    Outgoing(Allowed.parse("hooks.lan")).check("http://hooks.lan/")


def test_localhost_is_refused_as_this_machine_resolves_it() -> None:
    assert code_of(Outgoing(Allowed(), resolve=numeric_or_named), "https://localhost/") == "address_refused"


def test_an_unknown_name_is_unreachable() -> None:
    def none(_host: str, _port: int) -> list[str]:
        raise OSError("no such host")

    assert code_of(Outgoing(Allowed(), resolve=none), "https://nowhere.example/") == "unreachable"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8", "hook.lan, 10.0.0.0/8"])
def test_what_is_allowed_is_reached_under_its_own_name(receiver: Receiver, allowed: str) -> None:
    answer = out("127.0.0.1", allowed=allowed).post(f"http://hook.lan:{receiver.port}/a?b=c", b"body", {"X-Y": "z"})
    assert (answer.status, answer.body) == (200, b"{}")
    (got,) = receiver.got
    assert (got.path, got.body, got.headers["X-Y"]) == ("/a?b=c", b"body", "z")
    assert got.headers["Host"] == f"hook.lan:{receiver.port}"


def test_a_name_is_resolved_once_so_it_cannot_change_in_between(receiver: Receiver) -> None:
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    outgoing = Outgoing(Allowed(), resolve=rebinding)
    assert code_of(outgoing, f"http://evil.example:{receiver.port}/") == "address_refused"
    assert code_of(outgoing, f"https://evil.example:{receiver.port}/") == "address_refused"
    assert len(asked) == 2
    assert receiver.got == []


def test_of_several_addresses_only_the_permitted_are_tried(receiver: Receiver) -> None:
    outgoing = out("10.9.9.9", "127.0.0.1", allowed="127.0.0.1")
    assert outgoing.post(f"http://two.example:{receiver.port}/", b"", {}).status == 200


def test_a_redirect_is_an_answer_and_not_followed(receiver: Receiver) -> None:
    receiver.statuses, receiver.location = [302], f"{receiver.url}/inside"
    assert out("127.0.0.1", allowed="127.0.0.1").post(receiver.url, b"", {}).status == 302
    assert [one.path for one in receiver.got] == ["/"]


def test_no_more_of_an_answer_is_read_than_needed(receiver: Receiver) -> None:
    receiver.answer = b"x" * 5_000_000
    answer = out("127.0.0.1", allowed="127.0.0.1").post(receiver.url, b"", {})
    assert len(answer.body) == 64 * 1024


def test_nobody_listens(receiver: Receiver) -> None:
    assert code_of(out("127.0.0.1", allowed="127.0.0.1"), "http://hook.lan:1/") == "unreachable"


def test_an_answer_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.outgoing._SECONDS", 0.3)
    ended = threading.Event()

    class Dripping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            while not ended.wait(0.05):
                try:
                    self.wfile.write(b"H")
                except OSError:
                    return

        def log_message(self, format: str, *args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Dripping)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        outgoing = out("127.0.0.1", allowed="127.0.0.1")
        assert code_of(outgoing, f"http://slow.lan:{server.server_port}/") == "unreachable"
    finally:
        ended.set()
        server.shutdown()
        server.server_close()


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Return the files of a self-signed certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    day = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(day - timedelta(days=1))
        .not_valid_after(day + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return files


def test_under_tls_the_name_is_asked_for_and_proved(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path, "hook.example")
    asked: list[str | None] = []
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(cert, key)
    theirs.sni_callback = lambda _socket, name, _context: asked.append(name)
    with receiving_tls(theirs) as port:
        ours = ssl.create_default_context(cafile=str(cert))
        outgoing = Outgoing(Allowed.parse("127.0.0.1"), resolve=lambda _host, _port: ["127.0.0.1"], tls=ours)
        assert outgoing.post(f"https://hook.example:{port}/", b"", {}).status == 204
        assert code_of(outgoing, f"https://other.example:{port}/") == "unreachable"
    assert asked == ["hook.example", "other.example"]


class receiving_tls:
    """A server under TLS, until the block ends."""

    def __init__(self, context: ssl.SSLContext) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def __enter__(self) -> int:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return int(self._server.server_port)

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
