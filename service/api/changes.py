"""The feed of changes over HTTP, for those whom no webhook can reach."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Query

from matcher.changes import Change
from service.api.paging import Limit
from service.api.schemas import Enterprise, Model, Posting
from service.deps import ActorDep, PartsDep

router = APIRouter(prefix="/v1/changes", tags=["运行"])


class ChangeOut(Model):
    """一次变更后的样子；removed 为真即已删除，只有编号"""

    seq: int
    kind: Literal["enterprise", "posting"]
    id: str
    removed: bool
    enterprise: Enterprise | None = None
    posting: Posting | None = None

    @classmethod
    def of(cls, change: Change) -> Self:
        """Return the JSON form of a change."""
        gone = change.removed_enterprise or change.removed_posting
        firm, posting = change.enterprise, change.posting
        return cls(
            seq=change.seq,
            kind="enterprise" if firm or change.removed_enterprise else "posting",
            id=firm.id if firm else posting.id if posting else str(gone),
            removed=gone is not None,
            enterprise=Enterprise.of(firm) if firm else None,
            posting=Posting.of(posting) if posting else None,
        )


class ChangesOut(Model):
    """序号在 after 之后的变更；latest 为最新序号，下次以最后一条的 seq 作 after"""

    items: list[ChangeOut]
    latest: int


@router.get("", summary="变更：某个序号之后改了什么，同一条只给最后的样子")
def listed(
    found: PartsDep,
    who: ActorDep,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="上次取到的序号")] = 0,
    limit: Limit = 100,
) -> ChangesOut:
    """Return what changed since a sequence number."""
    latest = found.store.follow.seq(who)
    return ChangesOut(items=[ChangeOut.of(one) for one in found.store.follow.changes(who, after, limit)], latest=latest)
