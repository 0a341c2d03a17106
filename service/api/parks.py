"""Parks and the cultivation library over HTTP."""

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Query
from fastapi.responses import Response

from matcher.domain import Enterprise, Match, SizeClass
from matcher.parks import Link, Member
from matcher.policy.cultivation import Level
from service.api.books import BOOK, book
from service.api.paging import Cursor, Limit, PageOut, page_of
from service.api.policy_schemas import RulingOut, TitleOut
from service.api.schemas import Identifier, Model
from service.deps import ActorDep, PartsDep
from service.usecases.library import Cultivated, library, library_book
from service.usecases.parks import Asked, park_report, parks

router = APIRouter(prefix="/v1/parks", tags=["园区与培育"])
cultivation = APIRouter(prefix="/v1/cultivation", tags=["园区与培育"])


class ParkRow(Model):
    """一个园区"""

    enterprise_id: str
    enterprise: str
    firms: int

    @classmethod
    def of(cls, park: Enterprise, firms: int) -> Self:
        """Return the JSON form of a park."""
        return cls(enterprise_id=park.id, enterprise=park.name, firms=firms)


class ParksOut(Model):
    """有入驻登记的园区"""

    items: list[ParkRow]


class MemberOut(Model):
    """一家入驻企业"""

    enterprise_id: str
    enterprise: str
    size: SizeClass
    role: str

    @classmethod
    def of(cls, one: Member) -> Self:
        """Return the JSON form of a member."""
        return cls(enterprise_id=one.firm.id, enterprise=one.firm.name, size=one.size, role=one.role)


class ChainLinkOut(Model):
    """一个产业链环节；gap 为真即园内无企业"""

    name: str
    key: bool
    gap: bool
    industries: list[str]
    members: list[MemberOut]

    @classmethod
    def of(cls, link: Link) -> Self:
        """Return the JSON form of a link."""
        return cls(
            name=link.name,
            key=link.key,
            gap=link.gap,
            industries=list(link.industries),
            members=[MemberOut.of(one) for one in link.members],
        )


class AnswerOut(Model):
    """一个可应答的条目"""

    posting_id: str
    title: str
    enterprise_id: str
    enterprise: str
    score: float

    @classmethod
    def of(cls, found: Match) -> Self:
        """Return the JSON form of an answer."""
        return cls(
            posting_id=found.posting.id,
            title=found.posting.title,
            enterprise_id=found.enterprise.id,
            enterprise=found.enterprise.name,
            score=found.score,
        )


class AskedOut(Model):
    """园内一个需求：园内可应答的在先，园外的可供招引"""

    posting_id: str
    title: str
    enterprise_id: str
    enterprise: str
    inside: list[AnswerOut]
    outside: list[AnswerOut]

    @classmethod
    def of(cls, one: Asked) -> Self:
        """Return the JSON form of a request."""
        return cls(
            posting_id=one.posting.id,
            title=one.posting.title,
            enterprise_id=one.firm.id,
            enterprise=one.firm.name,
            inside=[AnswerOut.of(each) for each in one.inside],
            outside=[AnswerOut.of(each) for each in one.outside],
        )


class ParkOut(Model):
    """园区：产业链构成与缺口、规模与角色、园内需求"""

    enterprise_id: str
    enterprise: str
    links: list[ChainLinkOut]
    gaps: list[str]
    unplaced: list[MemberOut]
    sizes: dict[str, int]
    roles: dict[str, int]
    requests: list[AskedOut]


class CultivatedOut(Model):
    """培育库中的一家：持有的层级与称号，下一层级的结论与所缺"""

    enterprise_id: str
    enterprise: str
    region: str | None
    size: list[SizeClass]
    level: Level | None
    titles: list[TitleOut]
    next: Level | None
    ready: bool
    lacking: list[str]
    open: list[str]
    ruling: RulingOut | None

    @classmethod
    def of(cls, one: Cultivated) -> Self:
        """Return the JSON form of a firm of the library."""
        return cls(
            enterprise_id=one.firm.id,
            enterprise=one.firm.name,
            region=one.firm.region,
            size=sorted(one.size),
            level=one.held,
            titles=[TitleOut.model_validate(title) for title in one.titles],
            next=one.next,
            ready=one.ready,
            lacking=list(one.lacking),
            open=list(one.open),
            ruling=RulingOut.of(one.ruling) if one.ruling else None,
        )


@router.get("", summary="园区（特色载体）列表")
def get_parks(found: PartsDep, who: ActorDep) -> ParksOut:
    """Return the parks with firms on their register."""
    return ParksOut(items=[ParkRow.of(park, firms) for park, firms in parks(found.store, who)])


@router.get("/{id:path}", summary="园区报告：链条构成、缺口、园内优先的对接")
def get_park(
    id: Identifier,
    found: PartsDep,
    who: ActorDep,
    each: Annotated[int, Query(ge=1, le=20, description="每个需求给几个应答")] = 3,
) -> ParkOut:
    """Return a park's chain and what its firms ask for."""
    report = park_report(found, who, id, each=each)
    chain = report.chain
    return ParkOut(
        enterprise_id=id,
        enterprise=report.park.name,
        links=[ChainLinkOut.of(link) for link in chain.links],
        gaps=[link.name for link in chain.links if link.gap],
        unplaced=[MemberOut.of(one) for one in chain.outside],
        sizes={size.value: count for size, count in chain.sizes.items()},
        roles=dict(chain.roles),
        requests=[AskedOut.of(one) for one in report.requests],
    )


@cultivation.get("/library", summary="培育库：企业的层级，离下一层级还缺什么")
def get_library(
    found: PartsDep,
    who: ActorDep,
    cursor: Cursor = None,
    limit: Limit = 100,
    level: Annotated[Level | None, Query(description="只看持有这一层级的")] = None,
    region: Annotated[str | None, Query(max_length=64, description="地区代码，按前缀")] = None,
    industry: Annotated[str | None, Query(max_length=64, description="行业代码，按前缀")] = None,
    as_of: Annotated[date | None, Query(description="按哪一天的标准，默认今天")] = None,
) -> PageOut[CultivatedOut]:
    """Return firms by id; a page may be shorter than `limit` while there is a next one."""
    page = library(found, who, after=cursor, limit=limit, region=region, industry=industry, as_of=as_of)
    items = [CultivatedOut.of(one) for one in page.items if level in (None, one.held)]
    return page_of(items, page.next)


@cultivation.get("/library.xlsx", summary="培育库工作簿", response_class=Response, responses=BOOK)
def get_library_book(
    found: PartsDep,
    who: ActorDep,
    as_of: Annotated[date | None, Query(description="按哪一天的标准，默认今天")] = None,
) -> Response:
    """Return the whole library as a workbook, and how many firms there are of each level."""
    return book(library_book(found, who, as_of=as_of))
