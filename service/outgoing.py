"""Requests to addresses that users name: resolved once, never to a private address, bounded in time and size."""

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import SplitResult, urlsplit

import httpcore

from matcher.errors import MatcherError

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve: TypeAlias = Callable[[str, int], Iterable[str]]

_SECONDS = 15.0
_MOST_BYTES = 64 * 1024
_URL = re.compile(r"https?://[^\s\\@#/?%]+(?:[/?][!\"$-\[\]-~]*)?")
_PORTS = {"http": 80, "https": 443}
_TUNNELS = tuple(map(ipaddress.IPv6Network, ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")))


@dataclass(frozen=True, slots=True)
class Allowed:
    """Private hosts and networks that may be reached all the same, and over plain http."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[IpNetwork, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Allowed":
        """Return what a comma-separated list of host names, addresses and networks allows.

        :raises ValueError: for a network that is none.
        """
        hosts, networks = set[str](), list[IpNetwork]()
        for word in filter(None, (part.strip().lower() for part in text.split(","))):
            if _literal(word) or "/" in word:
                networks.append(ipaddress.ip_network(word))
            else:
                hosts.add(word)
        return cls(frozenset(hosts), tuple(networks))

    def admits(self, host: str, address: IpAddress) -> bool:
        """Return whether an address under a host name is among the allowed."""
        return host in self.hosts or any(address in one for one in self.networks if one.version == address.version)


@dataclass(frozen=True, slots=True)
class Reply:
    """The status and the first 64 KiB of an answer."""

    status: int
    body: bytes


def numeric_or_named(host: str, port: int) -> list[str]:
    """Return the addresses of a host as this machine resolves it.

    :raises OSError: where there are none.
    """
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Outgoing:
    """Posts to public addresses, and to those that are allowed; follows no redirect and uses no proxy."""

    def __init__(
        self, allowed: Allowed, *, resolve: Resolve = numeric_or_named, tls: ssl.SSLContext | None = None
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._tls = tls

    def check(self, url: str) -> None:
        """Check what can be told of an address without asking for its name.

        :raises MatcherError: `bad_url`, or `address_refused` for a private address in figures, however written.
        """
        target, host, port = _parsed(url)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except OSError:
            if target.scheme == "http" and not (host in self._allowed.hosts or self._allowed.networks):
                raise _plain(host) from None
            return
        self._permitted(target.scheme, host, [str(one[4][0]) for one in found])

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Return the answer to a POST, sent to the very address that was checked.

        :raises MatcherError: `bad_url`, `address_refused`, `unreachable`.
        """
        target, host, port = _parsed(url)
        left = partial(_left, time.monotonic() + _SECONDS)
        try:
            addresses = self._permitted(target.scheme, host, self._resolve(host, port))
            backend = _Pinned(addresses, left)
            self._tls = self._tls or ssl.create_default_context()  # Slow to make, and not needed to check an address.
            with httpcore.ConnectionPool(ssl_context=self._tls, network_backend=backend, retries=0) as pool:
                path = (target.path or "/") + (f"?{target.query}" if target.query else "")
                address = httpcore.URL(scheme=target.scheme, host=host, port=port, target=path)
                with pool.stream("POST", address, headers=list(headers.items()), content=body) as answer:
                    return Reply(answer.status, _some(answer.iter_stream()))
        except httpcore.TimeoutException as error:
            raise _unreachable(host, "超时") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise _unreachable(host, type(error).__name__) from error

    def _permitted(self, scheme: str, host: str, found: Iterable[str]) -> list[str]:
        """Return the addresses that may be connected to.

        :raises MatcherError: `address_refused` where there is none.
        """
        addresses = list(dict.fromkeys(map(_unmapped, found)))
        admitted = [one for one in addresses if self._allowed.admits(host, one)]
        if scheme == "http" and not admitted:
            raise _plain(host)
        public = [one for one in addresses if is_public(one)] if scheme == "https" else []
        chosen = [str(one) for one in addresses if one in admitted or one in public]
        if not chosen:
            message = f"{host} 指向内网或保留地址，不能送达：请用公网地址，或由管理员列入 RONGTONG_PRIVATE_HOOKS"
            raise MatcherError("address_refused", message, host=host)
        return chosen


def is_public(address: IpAddress) -> bool:
    """Return whether an address is reached over the public Internet, and hides no other address in it."""
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_link_local
    if special or not address.is_global:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address not in _RELAYS and address not in _PROTOCOLS
    return not (address.is_site_local or any(address in tunnel for tunnel in _TUNNELS))


_RELAYS = ipaddress.IPv4Network("192.88.99.0/24")
_PROTOCOLS = ipaddress.IPv4Network("192.0.0.0/24")


class _Pinned(httpcore.NetworkBackend):
    """Connects to given addresses, whatever the host is called, and lets nothing last beyond the time left."""

    def __init__(self, addresses: list[str], left: Callable[[], float]) -> None:
        self._addresses = addresses
        self._left = left
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a stream to the first address that answers."""
        for address in self._addresses[:-1]:
            try:
                return _Timed(self._inner.connect_tcp(address, port, timeout=self._left() / 2), self._left)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return _Timed(self._inner.connect_tcp(self._addresses[-1], port, timeout=self._left()), self._left)


class _Timed(httpcore.NetworkStream):
    """A stream whose every step ends when the whole exchange must."""

    def __init__(self, inner: httpcore.NetworkStream, left: Callable[[], float]) -> None:
        self._inner = inner
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what came."""
        return self._inner.read(max_bytes, self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send."""
        self._inner.write(buffer, self._left())

    def close(self) -> None:
        """Close."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Return the stream under TLS."""
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, self._left()), self._left)

    def get_extra_info(self, info: str) -> Any:
        """Return what is known of the connection."""
        return self._inner.get_extra_info(info)


def _left(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout("out of time")
    return seconds


def _some(chunks: Iterable[bytes]) -> bytes:
    found = b""
    for chunk in chunks:
        found += chunk
        if len(found) >= _MOST_BYTES:
            break
    return found[:_MOST_BYTES]


def _parsed(url: str) -> tuple[SplitResult, str, int]:
    try:
        target = urlsplit(url if _URL.fullmatch(url) else "")
        host = (target.hostname or "").encode("idna").decode()
        return target, host, target.port or _PORTS[target.scheme]
    except (ValueError, KeyError):
        message = "网址应为 https://主机/路径，不含用户名、口令、空白和 # 片段，路径中的汉字先作 URL 编码"
        raise MatcherError("bad_url", message) from None


def _literal(word: str) -> bool:
    try:
        ipaddress.ip_address(word)
    except ValueError:
        return False
    return True


def _unmapped(text: str) -> IpAddress:
    address = ipaddress.ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _plain(host: str) -> MatcherError:
    message = f"{host} 须用 https；http 只用于列入 RONGTONG_PRIVATE_HOOKS 的内网地址"
    return MatcherError("address_refused", message, host=host)


def _unreachable(host: str, cause: str) -> MatcherError:
    return MatcherError("unreachable", f"{host} 连接不上（{cause}）", host=host)
