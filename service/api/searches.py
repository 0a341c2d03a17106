"""Saved searches over HTTP: what to look for, whom to tell, and the messages that people send by hand."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from matcher.domain import PostingKind
from service.api.books import BOOK, book
from service.api.paging import Cursor, Limit, PageOut, page_of
from service.api.schemas import FiltersBody, Identified, Identifier, Model
from service.api.webhooks import DeliveryId, DeliveryOut
from service.deps import ActorDep, PartsDep
from service.store.recipients import NewRecipient, Recipient
from service.store.searches import Digest, NewSearch, Search
from service.usecases.notices import mark_sent, merge_sheet
from service.usecases.searches import put_search

router = APIRouter(prefix="/v1/searches", tags=["订阅与通知"])
messages = APIRouter(prefix="/v1/messages", tags=["订阅与通知"])

Channel = Literal["webhook", "email", "wecom", "dingtalk", "sheet"]


class RecipientBody(Model):
    """告诉谁：webhook 编号、邮箱、企业微信或钉钉机器人的网址，或合并发送表上的称呼"""

    channel: Channel
    to: str = Field(min_length=1, max_length=1000, description="随 channel 而定；加密保存")
    secret: str | None = Field(
        default=None, min_length=1, max_length=200, description="钉钉加签密钥；加密保存，不再给出"
    )
    muted_until: date | None = Field(default=None, description="到这一天之前不告诉；空则不改")

    def to_domain(self) -> NewRecipient:
        """Return the domain value."""
        return NewRecipient(**dict(self))


class RecipientOut(Model):
    """接收人；unsubscribed 为真即本人已退订，只有本人能恢复"""

    channel: Channel
    to: str
    muted_until: date | None
    unsubscribed: bool

    @classmethod
    def of(cls, one: Recipient) -> Self:
        """Return the JSON form of a recipient."""
        return cls.model_validate({name: getattr(one, name) for name in cls.model_fields})


class _SearchFields(Model):
    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$", description="通知中的名称")
    enterprise_id: Identifier | None = Field(default=None, description="为哪家企业订阅：只看该企业看得到的")
    posting_id: Identifier | None = Field(default=None, description="找能应答这一条目的；与 text 二者选一")
    text: str | None = Field(default=None, min_length=1, max_length=20_000, description="要找什么，同 /v1/match")
    kind: PostingKind | None = Field(default=None, description="text 自身的类型，如 need")
    filters: FiltersBody = Field(default_factory=FiltersBody)
    level: Literal["高", "中", "低"] = Field(default="中", description="匹配度从哪一档起告诉")
    digest: Digest = Field(default=Digest.DAILY, description="immediate 随时、daily 每天一次、weekly 每周一一次")
    hour: int = Field(default=9, ge=0, le=23, description="每天或每周几点（北京时间）")
    most_per_day: int = Field(
        default=5,
        ge=1,
        le=100,
        description="一天至多几条通知，超出的留到下一次一并告诉；一个接收人从全部订阅一天至多收到 20 条",
    )
    muted_until: date | None = Field(default=None, description="到这一天之前暂停，其间的到时一并告诉")
    active: bool = Field(default=True, description="是否启用")


class SearchBody(_SearchFields):
    """订阅：有新的匹配就告诉接收人，同一条目不告诉第二次"""

    recipients: list[RecipientBody] = Field(min_length=1, max_length=20)

    def to_domain(self, id_: str) -> NewSearch:
        """Return the domain value."""
        held = {name: value for name, value in dict(self).items() if name != "recipients"}
        return NewSearch(**held | {"id": id_, "filters": self.filters.model_dump(mode="json")})


class SearchOut(_SearchFields, Identified):
    """订阅的现状"""

    recipients: list[RecipientOut]
    next_at: datetime = Field(description="下次何时查看")
    error: str | None = Field(description="上次查看时的问题")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, one: Search) -> Self:
        """Return the JSON form of a search."""
        held = {name: getattr(one, name) for name in cls.model_fields}
        return cls.model_validate(held | {"recipients": [RecipientOut.of(who) for who in one.recipients]})


class SentBody(Model):
    """已由人发出的通知"""

    ids: list[Annotated[str, Field(min_length=1, max_length=128)]] = Field(min_length=1, max_length=1000)


class SentOut(Model):
    """记为已发出的条数"""

    sent: int


@router.get("", summary="订阅列表（平台与各企业各管各的）")
def listed(found: PartsDep, who: ActorDep, cursor: Cursor = None, limit: Limit = 100) -> PageOut[SearchOut]:
    """Return the caller's searches."""
    page = found.store.searches.list(who, after=cursor, limit=limit)
    return page_of([SearchOut.of(one) for one in page.items], page.next)


@router.put("/{id}", summary="新建或更改订阅")
def put(id: Identifier, body: SearchBody, found: PartsDep, who: ActorDep) -> SearchOut:
    """Return a search as it is now kept."""
    recipients = [one.to_domain() for one in body.recipients]
    return SearchOut.of(put_search(found, who, body.to_domain(id), recipients))


@router.get("/{id}", summary="查看订阅")
def get(id: Identifier, found: PartsDep, who: ActorDep) -> SearchOut:
    """Return a search."""
    return SearchOut.of(found.store.searches.get(who, id))


@router.delete("/{id}", summary="删除订阅；别处不用的地址一并清除", status_code=204)
def delete(id: Identifier, found: PartsDep, who: ActorDep) -> None:
    """Remove a search."""
    found.store.searches.delete(who, id)


@router.get("/{id}/deliveries", summary="订阅的通知记录，新的在前，保留 30 天")
def deliveries(
    id: Identifier, found: PartsDep, who: ActorDep, cursor: Cursor = None, limit: Limit = 100
) -> PageOut[DeliveryOut]:
    """Return what a search told, or is to tell."""
    page = found.store.searches.deliveries(who, id, after=cursor, limit=limit)
    return page_of([DeliveryOut.of(one) for one in page.items], page.next)


@router.post("/{id}/deliveries/{delivery}/replay", summary="重送一条通知")
def post_replay(id: Identifier, delivery: DeliveryId, found: PartsDep, who: ActorDep) -> DeliveryOut:
    """Return the delivery, queued again."""
    return DeliveryOut.of(found.store.searches.replay(who, id, delivery))


@messages.get(
    "/sheet",
    summary="合并发送表：待人工发出的通知（接收人、主题、正文、退订链接）",
    response_class=Response,
    responses=BOOK,
)
def get_sheet(found: PartsDep, who: ActorDep) -> Response:
    """Return the messages that wait for a person, as a workbook."""
    return book(merge_sheet(found, who))


@messages.post("/sheet/sent", summary="记为已发出：合并发送表中的编号")
def post_sent(body: SentBody, found: PartsDep, who: ActorDep) -> SentOut:
    """Return how many messages were noted as sent."""
    return SentOut(sent=mark_sent(found, who, body.ids))
