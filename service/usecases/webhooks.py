"""Webhooks as a caller keeps them, and how requests leave this instance."""

from collections.abc import Sequence

from service.auth import Actor
from service.config import Settings
from service.deps import Parts
from service.outgoing import Allowed, Outgoing
from service.store.webhooks import Webhook


def outgoing(settings: Settings) -> Outgoing:
    """Return the way out of an instance."""
    return Outgoing(Allowed.parse(settings.private_hooks))


def put_webhook(
    parts: Parts, actor: Actor, id_: str, *, url: str, events: Sequence[str], active: bool
) -> tuple[Webhook, str | None]:
    """Return a webhook as it is now kept, and the secret if it is new.

    :raises MatcherError: `bad_url`, `address_refused`, and what the store raises.
    """
    outgoing(parts.settings).check(url)
    return parts.store.webhooks.put(actor, id_, url=url, events=events, active=active)
