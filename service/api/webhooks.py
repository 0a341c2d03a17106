"""Webhooks over HTTP: where to be told, what was sent, sending again."""

from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter
from pydantic import Field

from service.api.paging import Cursor, Limit, PageOut, page_of
from service.api.schemas import Identified, Identifier, Model
from service.deps import ActorDep, PartsDep
from service.store.delivery import Delivery, DeliveryState
from service.store.webhooks import Webhook
from service.usecases.webhooks import put_webhook

router = APIRouter(prefix="/v1/webhooks", tags=["订阅与通知"])

Event = Literal["posting.changed", "enterprise.changed", "deal.changed", "import.finished", "match.found"]
DeliveryId = Annotated[str, Field(min_length=1, max_length=128, description="投递编号")]


class WebhookBody(Model):
    """送到哪里、送哪些事件；停用期间的事件不补送"""

    url: str = Field(min_length=1, max_length=2000, description="https 网址；不跟随跳转，不送内网地址")
    events: list[Event] = Field(min_length=1, max_length=10, description="订阅的事件")
    active: bool = Field(default=True, description="是否启用")


class WebhookOut(WebhookBody, Identified):
    """一个 webhook；secret 只在新建时出现一次"""

    created_at: datetime
    updated_at: datetime
    secret: str | None = Field(default=None, description="签名密钥 whsec_…，只显示这一次")

    @classmethod
    def of(cls, hook: Webhook, secret: str | None = None) -> Self:
        """Return the JSON form of a webhook."""
        held = {name: getattr(hook, name) for name in ("id", "url", "active", "created_at", "updated_at")}
        return cls.model_validate(held | {"events": list(hook.events), "secret": secret})


class WebhooksOut(Model):
    """全部 webhook"""

    items: list[WebhookOut]


class SecretOut(Model):
    """新的签名密钥，只显示这一次；旧的再签一天"""

    secret: str


class DeliveryOut(Identified):
    """一次投递：waiting 待送，sent 已送达，dead 多次失败，dropped 对方已不接收"""

    channel: str
    type: str
    state: DeliveryState
    attempts: int
    status: int | None = Field(description="最近一次的 HTTP 状态")
    error: str | None = Field(description="最近一次为何失败")
    created_at: datetime
    due_at: datetime = Field(description="待送的，下次何时送")
    finished_at: datetime | None

    @classmethod
    def of(cls, one: Delivery) -> Self:
        """Return the JSON form of a delivery."""
        return cls.model_validate({name: getattr(one, name) for name in cls.model_fields})


@router.get("", summary="webhook 列表（平台与各企业各管各的）")
def listed(found: PartsDep, who: ActorDep) -> WebhooksOut:
    """Return the caller's webhooks."""
    return WebhooksOut(items=[WebhookOut.of(one) for one in found.store.webhooks.list(who)])


@router.put("/{id}", summary="新建或更改 webhook；新建时给出签名密钥")
def put(id: Identifier, body: WebhookBody, found: PartsDep, who: ActorDep) -> WebhookOut:
    """Return a webhook as it is now kept."""
    hook, secret = put_webhook(found, who, id, url=body.url, events=body.events, active=body.active)
    return WebhookOut.of(hook, secret)


@router.get("/{id}", summary="查看 webhook")
def get(id: Identifier, found: PartsDep, who: ActorDep) -> WebhookOut:
    """Return a webhook without its secret."""
    return WebhookOut.of(found.store.webhooks.get(who, id))


@router.delete("/{id}", summary="删除 webhook 及其投递记录", status_code=204)
def delete(id: Identifier, found: PartsDep, who: ActorDep) -> None:
    """Remove a webhook."""
    found.store.webhooks.delete(who, id)


@router.post("/{id}/secret", summary="换签名密钥：其后一天新旧两个都签")
def post_secret(id: Identifier, found: PartsDep, who: ActorDep) -> SecretOut:
    """Return a fresh secret."""
    return SecretOut(secret=found.store.webhooks.renew_secret(who, id))


@router.post("/{id}/ping", summary="送一次 ping 试试")
def post_ping(id: Identifier, found: PartsDep, who: ActorDep) -> DeliveryOut:
    """Return the delivery that was queued."""
    return DeliveryOut.of(found.store.webhooks.ping(who, id))


@router.get("/{id}/deliveries", summary="投递记录，新的在前，保留 30 天")
def deliveries(
    id: Identifier, found: PartsDep, who: ActorDep, cursor: Cursor = None, limit: Limit = 100
) -> PageOut[DeliveryOut]:
    """Return what was sent, or is to be."""
    page = found.store.webhooks.deliveries(who, id, after=cursor, limit=limit)
    return page_of([DeliveryOut.of(one) for one in page.items], page.next)


@router.post("/{id}/deliveries/{delivery}/replay", summary="重送一次投递，webhook-id 不变")
def post_replay(id: Identifier, delivery: DeliveryId, found: PartsDep, who: ActorDep) -> DeliveryOut:
    """Return the delivery, queued again."""
    return DeliveryOut.of(found.store.webhooks.replay(who, id, delivery))
