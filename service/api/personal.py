"""Contacts of enterprises, and what is held of a person, over HTTP."""

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import Field

from matcher.domain import Contact
from service.api.deal_schemas import ContactOut
from service.api.registers import Gone
from service.api.schemas import Identifier, Model
from service.deps import ActorDep, PartsDep
from service.usecases.personal import Erased, Holding, Person, erase_person, find_person

firms = APIRouter(prefix="/v1/enterprises", tags=["联系方式与个人信息"])
router = APIRouter(prefix="/v1/personal-data", tags=["联系方式与个人信息"])

Short = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]


class ContactBody(Model):
    """联系人：至少有姓名、电话、邮箱之一"""

    name: Short | None = None
    title: Short | None = None
    phone: Short | None = None
    email: Short | None = None


class ContactsBody(Model):
    """要加入的联系人；同名的换成新的，其余不动"""

    contacts: list[ContactBody] = Field(min_length=1, max_length=100)


class ContactListOut(Model):
    """企业的联系人"""

    items: list[ContactOut]


class PersonBody(Model):
    """查谁：电话或邮箱；只给姓名时只能查，不能删"""

    name: Short | None = None
    phone: Short | None = None
    email: Short | None = None


class ContactHeldOut(Model):
    """某企业的联系人，及已向谁提供"""

    enterprise_id: str
    contact: ContactOut
    shown_to: list[str] = Field(description="已向哪些企业或用户提供过该企业的联系方式")


class DelegateHeldOut(Model):
    """活动名单的某一版里的人"""

    event_id: str
    version: int
    contact: ContactOut


class RecipientHeldOut(Model):
    """通知的接收人；owner 为所属企业，空为平台"""

    owner: str
    channel: str
    to: str


class HoldingOut(Model):
    """关于这个人保存了什么"""

    contacts: list[ContactHeldOut]
    delegates: list[DelegateHeldOut]
    recipients: list[RecipientHeldOut]

    @classmethod
    def of(cls, held: Holding) -> Self:
        """Return the JSON form."""
        return cls.model_validate(held)


class ErasedOut(Model):
    """清除了多少"""

    contacts: int
    event_versions: int
    import_reports: int
    recipients: int

    @classmethod
    def of(cls, erased: Erased) -> Self:
        """Return the JSON form."""
        return cls.model_validate(erased)


@firms.get("/{id:path}/contacts", summary="企业的联系人：仅本企业与平台可见")
def get_contacts(id: Identifier, found: PartsDep, who: ActorDep) -> ContactListOut:
    """Return the contacts of an enterprise, to itself and the platform."""
    return _listed(found, who, id)


@firms.put("/{id:path}/contacts", summary="加入或更正联系人：加密保存")
def put_contacts(id: Identifier, body: ContactsBody, found: PartsDep, who: ActorDep) -> ContactListOut:
    """Return the contacts of an enterprise after some were added."""
    found.store.records.put_contacts(who, id, [Contact(**dict(one)) for one in body.contacts], source="接口")
    return _listed(found, who, id)


@firms.delete("/{id:path}/contacts", summary="删除企业的全部联系人")
def delete_contacts(id: Identifier, found: PartsDep, who: ActorDep) -> Gone:
    """Forget every contact of an enterprise."""
    found.store.records.delete_contacts(who, id)
    return Gone(id=id)


@router.post(":find", summary="查阅个人信息：关于某人保存了什么、给谁看过")
def post_find(body: PersonBody, found: PartsDep, who: ActorDep) -> HoldingOut:
    """Return what is held of a person."""
    return HoldingOut.of(find_person(found.store, who, Person(**dict(body))))


@router.post(":erase", summary="删除个人信息：联系人、活动名单各版、导入报告与通知接收人中的")
def post_erase(body: PersonBody, found: PartsDep, who: ActorDep) -> ErasedOut:
    """Erase a person."""
    return ErasedOut.of(erase_person(found, who, Person(**dict(body))))


def _listed(found: PartsDep, who: ActorDep, id: str) -> ContactListOut:
    return ContactListOut(items=[ContactOut.of(one) for one in found.store.records.contacts(who, id)])
