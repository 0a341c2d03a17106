"""A real SMTP server that keeps what it takes and refuses what it is told to."""

import asyncio
import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.journeys.process import free_port


class Mailbox:
    """What the server took; `refusals` are its answers by command, `seconds` how long it takes over a message."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], EmailMessage]] = []
        self.refusals: dict[str, str] = {}
        self.seconds = 0.0
        self.logins: list[tuple[bytes, bytes]] = []

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.refusals.get("MAIL", "250 OK")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.refusals.get("RCPT", "250 OK")

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return self.refusals.get("QUIT", "221 Bye")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" in self.refusals:
            return self.refusals["DATA"]
        await asyncio.sleep(self.seconds)
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append((list(envelope.rcpt_tos), message))
        return "250 OK"

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success="AUTH" not in self.refusals, handled=False)


@contextmanager
def serving() -> Iterator[tuple[Mailbox, str]]:
    """Serve until the block ends; yields what is taken, and the address with a login."""
    box = Mailbox()
    port = free_port()
    server = Controller(box, hostname="127.0.0.1", port=port, authenticator=box.login, auth_require_tls=False)
    server.start()
    try:
        yield box, f"smtp://me%40pt:pw%3A1@127.0.0.1:{port}"
    finally:
        server.stop()
