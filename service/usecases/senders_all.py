"""Every channel by which a delivery leaves an instance; the merge sheet is sent by people."""

from service.deps import Parts
from service.usecases.courier import Courier
from service.usecases.senders import Sender, WebhookSender
from service.usecases.senders_mail import LEASE, MailSender
from service.usecases.senders_robot import ROBOTS, RobotSender
from service.usecases.webhooks import outgoing


def couriers(parts: Parts) -> tuple[Courier, ...]:
    """Return the couriers of an instance: mail has one of its own, for its servers may take minutes to answer."""
    out = outgoing(parts.settings)
    robots = RobotSender(parts.store, parts.settings, out)
    quick: dict[str, Sender] = {"webhook": WebhookSender(parts.store, out), **dict.fromkeys(ROBOTS, robots)}
    mail = MailSender(parts.store, parts.settings)
    return Courier(parts.store, quick), Courier(parts.store, {"email": mail}, lease=LEASE)
