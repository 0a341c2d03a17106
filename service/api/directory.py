"""The directory of platforms and bases over HTTP."""

from typing import Annotated, Self

from fastapi import APIRouter, Query

from service.api.paging import Cursor, Limit, PageOut, page_of
from service.api.policy_schemas import TitleOut
from service.api.schemas import Model
from service.deps import ActorDep, PartsDep
from service.usecases.directory import Asked, Listed, directory

router = APIRouter(prefix="/v1/platforms", tags=["园区与培育"])


class PlatformOut(Model):
    """一个平台或基地"""

    posting_id: str
    title: str
    enterprise_id: str
    enterprise: str
    service_type: str | None
    owner_type: str | None
    stage: str | None
    seats: int | None
    equity: bool | None
    price: str | None
    region: str | None
    titles: list[TitleOut]

    @classmethod
    def of(cls, one: Listed) -> Self:
        """Return the JSON form of a platform."""
        held = one.posting.attributes
        names = ("service_type", "owner_type", "stage", "seats", "equity", "price")
        return cls.model_validate(
            {
                "posting_id": one.posting.id,
                "title": one.posting.title,
                "enterprise_id": one.firm.id,
                "enterprise": one.firm.name,
                "region": one.posting.region or one.firm.region,
                "titles": [TitleOut.model_validate(title) for title in one.titles],
                **{name: held.get(name) for name in names},
            }
        )


@router.get("", summary="平台与基地名录：双创平台、示范基地、公共服务平台；可按国企、阶段、称号、股权意向")
def get_platforms(
    found: PartsDep,
    who: ActorDep,
    cursor: Cursor = None,
    limit: Limit = 100,
    service: Annotated[str | None, Query(max_length=64, description="服务类型，如 双创、法律")] = None,
    owner: Annotated[str | None, Query(max_length=64, description="平台性质，如 市属国企；国企 为全部国企")] = None,
    stage: Annotated[str | None, Query(max_length=64, description="适用阶段，如 中试")] = None,
    title: Annotated[str | None, Query(max_length=64, description="持有的称号，如 示范基地")] = None,
    region: Annotated[str | None, Query(max_length=64, description="地区代码，按前缀")] = None,
    equity: Annotated[bool | None, Query(description="是否有股权合作意向")] = None,
) -> PageOut[PlatformOut]:
    """Return platforms by id; a page may be shorter than `limit` while there is a next one."""
    asked = Asked(service=service, owner=owner, stage=stage, title=title, region=region, equity=equity)
    page = directory(found.store, who, asked, found.today(), after=cursor, limit=limit)
    return page_of([PlatformOut.of(one) for one in page.items], page.next)
