"""E-mail over SMTP: plain text and HTML, with the headers by which a mail program unsubscribes."""

import smtplib
import ssl
from contextlib import suppress
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

from service.auth import local_admin
from service.config import Settings
from service.store import Store
from service.store.delivery import Delivery
from service.store.recipients import Recipient
from service.usecases.lookout import BEIJING
from service.usecases.notices import Notice, notice_of
from service.usecases.senders import GONE, Sent

LEASE = timedelta(minutes=15)
"""How long sending one mail may take: longer than all of its timeouts together."""

_SECONDS = 15
_TAKING_SECONDS = 600
_PORTS = {"smtp": 25, "smtps": 465}
_PERMANENT = 5


class MailSender:
    """Sends each message over a connection of its own to the server of the settings."""

    def __init__(self, store: Store, settings: Settings, *, tls: ssl.SSLContext | None = None) -> None:
        self._store = store
        self._settings = settings
        self._tls = tls

    def send(self, delivery: Delivery, now: datetime) -> Sent:
        """Return how the server answered; a recipient or a message refused with 5xx is for good, all else is tried again."""
        held = self._store.searches.recipient(local_admin(delivery.tenant), delivery.owner, delivery.target)
        if held is None or not held.listens(now.astimezone(BEIJING).date()):
            return GONE
        if not self._settings.smtp_url or not self._settings.mail_from:
            return Sent(ok=False, error="未设置 RONGTONG_SMTP_URL 与 RONGTONG_MAIL_FROM")
        message = self._message(delivery, held, notice_of(self._settings, delivery), now)
        try:
            with self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            return _refused(max(code for code, _ in error.recipients.values()), judged=True)
        except smtplib.SMTPResponseException as error:
            # What is said of the login or the sender is said of the settings, which people mend.
            return _refused(error.smtp_code, judged=isinstance(error, smtplib.SMTPDataError))
        except (smtplib.SMTPException, OSError) as error:
            return Sent(ok=False, error=f"邮件服务器连接不上（{type(error).__name__}）")
        return Sent(ok=True, status=250)

    def _connected(self) -> smtplib.SMTP:
        url = urlsplit(self._settings.smtp_url)
        host, port = url.hostname or "", url.port or _PORTS[url.scheme]
        tls = self._tls or ssl.create_default_context()
        if url.scheme == "smtps":
            server: _Server = _TlsServer(host, port, timeout=_SECONDS, context=tls)
        else:
            server = _Server(host, port, timeout=_SECONDS)
            if url.query == "starttls":
                server.starttls(context=tls)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        return server

    def _message(self, delivery: Delivery, held: Recipient, notice: Notice, now: datetime) -> EmailMessage:
        name, address = parseaddr(self._settings.mail_from)
        sender = Address(display_name=name, addr_spec=address)
        message = EmailMessage()
        message["From"] = sender
        message["To"] = Address(addr_spec=held.to)
        message["Subject"] = notice.subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{delivery.id}@{sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["List-Unsubscribe"] = f"<{notice.link}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(notice.text)
        message.add_alternative(notice.html, subtype="html")
        return message


def _refused(code: int, *, judged: bool) -> Sent:
    """Return the end of an attempt; `judged` is whether the server had the recipient or the message to judge."""
    # What the server says may repeat the address: only its code is kept.
    final = judged and code // 100 == _PERMANENT
    return Sent(ok=False, status=code, error=f"邮件服务器拒收（{code}）", final=final)


class _Server(smtplib.SMTP):
    """A server that has ten minutes to take a message it has read (RFC 5321, 4.5.3.2.6), lest it is sent again."""

    def send(self, s: Any) -> None:
        super().send(s)
        if self.sock is not None:  # Only the message itself is sent as bytes.
            self.sock.settimeout(_SECONDS if isinstance(s, str) else _TAKING_SECONDS)

    def __exit__(self, *_: object) -> None:
        # Once the message is taken, no bad answer to the farewell makes it untaken.
        with suppress(smtplib.SMTPException, OSError):
            self.quit()
        self.close()


class _TlsServer(_Server, smtplib.SMTP_SSL):
    """The same over TLS from the start."""
