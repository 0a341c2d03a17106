"""Reports as JSON."""

from datetime import date
from typing import Any, Self

from matcher.deals import Amount, DealStage
from matcher.tracking.card import BuyerCard
from matcher.tracking.cases import Case
from matcher.tracking.funnel import FunnelRow, TargetRow
from matcher.tracking.gaps import GapRow, Placed
from service.api.schemas import Model
from service.usecases.gaps import Gaps
from service.usecases.ledgers import Ledger


class FunnelRowOut(Model):
    """一组：各环节到达数、婉拒、未成与金额（万元）"""

    group: str
    reached: dict[DealStage, int]
    declined: int
    failed: int
    amounts: dict[Amount, float]

    @classmethod
    def of(cls, row: FunnelRow) -> Self:
        """Return the JSON form of a group."""
        return cls.model_validate(row)


class FunnelOut(Model):
    """漏斗，数量多的在前"""

    items: list[FunnelRowOut]


class TargetOut(Model):
    """一项任务：目标、完成、时间进度（0 到 1）与是否落后"""

    id: str
    indicator: str
    since: date
    until: date
    department: str | None
    region: str | None
    target: float
    done: float
    elapsed: float
    behind: bool

    @classmethod
    def of(cls, row: TargetRow) -> Self:
        """Return the JSON form of a target."""
        values = row.entry.values
        return cls.model_validate(
            {
                "id": row.entry.id,
                "indicator": values["indicator"],
                "since": values["from"],
                "until": values["until"],
                "department": values.get("department"),
                "region": values.get("region"),
                "target": row.target,
                "done": row.done,
                "elapsed": row.elapsed,
                "behind": row.behind,
            }
        )


class TargetsOut(Model):
    """目标与完成，落后的在前"""

    items: list[TargetOut]


class GapExample(Model):
    """一个例子"""

    posting_id: str
    title: str
    enterprise_id: str
    enterprise: str

    @classmethod
    def of(cls, one: Placed) -> Self:
        """Return the JSON form of an example."""
        return cls(
            posting_id=one.posting.id,
            title=one.posting.title,
            enterprise_id=one.firm.id,
            enterprise=one.firm.name,
        )


class GapRowOut(Model):
    """一个产业链环节在一个地区的缺口"""

    link: str
    district: str
    count: int
    kinds: dict[str, int]
    examples: list[GapExample]

    @classmethod
    def of(cls, row: GapRow) -> Self:
        """Return the JSON form of a gap."""
        return cls(
            link=row.link,
            district=row.district,
            count=row.count,
            kinds=row.kinds,
            examples=[GapExample.of(one) for one in row.examples],
        )


class GapsOut(Model):
    """无人应答的需求与无人问津的闲置资源；seen 为各看了多少条"""

    requests: list[GapRowOut]
    idle: list[GapRowOut]
    requests_seen: int
    idle_seen: int

    @classmethod
    def of(cls, found: Gaps) -> Self:
        """Return the JSON form of the gaps."""
        return cls(
            requests=[GapRowOut.of(row) for row in found.requests],
            idle=[GapRowOut.of(row) for row in found.idle],
            requests_seen=found.requests_seen,
            idle_seen=found.idle_seen,
        )


class LedgerOut(Model):
    """一个月的台账；closed 为真即已结账，以后逐字相同"""

    month: str
    since: date
    until: date
    closed: bool
    list_id: str | None
    sha256: str | None
    totals: dict[str, float]
    rows: list[dict[str, Any]]

    @classmethod
    def of(cls, found: Ledger) -> Self:
        """Return the JSON form of a ledger."""
        content = found.content
        return cls(
            month=content["month"],
            since=content["from"],
            until=content["until"],
            closed=found.closed is not None,
            list_id=found.closed.id if found.closed else None,
            sha256=found.closed.sha256 if found.closed else None,
            totals=content["totals"],
            rows=content["rows"],
        )


class NamesOut(Model):
    """模板可定义的名称：单格与逐行填写的栏"""

    singles: list[str]
    columns: list[str]


class CaseOut(Model):
    """典型案例草稿（Markdown）"""

    deal_id: str
    title: str
    text: str

    @classmethod
    def of(cls, case: Case) -> Self:
        """Return the JSON form of a draft."""
        return cls(deal_id=case.deal.id, title=case.title, text=case.text)


class CasesOut(Model):
    """典型案例草稿"""

    items: list[CaseOut]


class BuyerCardOut(Model):
    """采购方往来记录：答复率、答复天数、签约、付款；不足三次的比率不显示"""

    asked: int
    willing: int
    answer_rate: float | None
    answer_days: float | None
    awards: int
    award_rate: float | None
    signed_wan: float
    payment_days: float | None
    warning: str | None

    @classmethod
    def of(cls, card: BuyerCard) -> Self:
        """Return the JSON form of a card."""
        return cls.model_validate(card)
