"""Finance: which instruments a seeker's holdings allow, how a product fits, which papers are missing, credit flags."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from pydantic import TypeAdapter

from matcher.assets import asset
from matcher.domain import Attributes, Party, Posting, Verdict
from matcher.registers import Entry
from matcher.text import normalise

_VETO = frozenset({"严重违法失信", "失信被执行人"})
_WARNING = frozenset({"经营异常", "行政处罚", "欠税"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """What a seeker must hold for an instrument, what is asked besides, and the usual papers."""

    needs: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    parties: tuple[Party, ...] = ()
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing compared between a need and a product."""

    name: str
    verdict: Verdict
    text: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A credit record in force: a veto shuts finance, a warning is shown and asked about."""

    record: str
    veto: bool
    text: str


@dataclass(frozen=True, slots=True)
class FinanceFit:
    """How a product suits a need: the worst of its checks, and the papers still missing."""

    outcome: Verdict
    checks: tuple[Check, ...]
    missing: tuple[str, ...]


@lru_cache(maxsize=1)
def instruments() -> Mapping[str, Instrument]:
    """Return every instrument by name."""
    rows = tomllib.loads(asset("data", "finance", "instruments.toml").read_text(encoding="utf-8"))
    return MappingProxyType(TypeAdapter(dict[str, Instrument]).validate_python(rows))


def options(held: Attributes, party: Party) -> Mapping[str, Check]:
    """Return for each instrument whether what a seeker holds allows it: 满足, 不满足, or 待核实 with what to ask."""
    return {name: _option(name, one, held, party) for name, one in instruments().items()}


def _option(name: str, one: Instrument, held: Attributes, party: Party) -> Check:
    if one.parties and party not in one.parties:
        return Check(name, Verdict.UNMET, f"只面向{'、'.join(one.parties)}机构")
    missing = [key for key in one.needs if not held.get(key)]
    if missing:
        return Check(name, Verdict.UNMET if missing == list(one.needs) else Verdict.UNKNOWN, f"没有{_labels(missing)}")
    if one.any and not any(held.get(key) for key in one.any):
        return Check(name, Verdict.UNKNOWN, f"待核实：{_labels(one.any)}")
    if one.words and not any(word in _collateral(held) for word in one.words):
        return Check(
            name, Verdict.UNKNOWN if not held.get("collateral") else Verdict.UNMET, f"没有{one.words[0]}等质押物"
        )
    open_ = [key for key in one.asks if held.get(key) in (None, "")]
    if open_:
        return Check(name, Verdict.UNKNOWN, f"待核实：{_labels(open_)}")
    if held.get("confirmed") is False and "confirmed" in one.asks:
        return Check(name, Verdict.UNKNOWN, "付款方尚未确权")
    return Check(name, Verdict.MET, "持有所需的资产或凭据" if one.needs or one.words else "不以特定资产为前提")


_LABELS = {
    "receivable_wan": "应收账款",
    "order_wan": "订单",
    "core_firm": "付款的核心企业",
    "confirmed": "付款方是否确权",
    "receivable_days": "账期",
    "round": "融资轮次",
    "valuation_wan": "估值",
    "collateral": "抵质押物",
    "use_of_funds": "资金用途",
}


def _labels(keys: Iterable[str]) -> str:
    return "、".join(_LABELS.get(key, key) for key in keys)


def _collateral(held: Attributes) -> str:
    value = held.get("collateral")
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")


def credit_flags(entries: Iterable[Entry], as_of: date) -> tuple[Flag, ...]:
    """Return the credit records in force on a day, vetoes first; a record without a day of removal is in force."""
    day = as_of.isoformat()
    found = []
    for one in entries:
        record, since, until = (str(one.values.get(key) or "") for key in ("record", "since", "until"))
        if record not in _VETO | _WARNING or since > day or (until and until <= day):
            continue
        found.append(Flag(record, record in _VETO, f"{record}（{since} 列入）"))
    return tuple(sorted(found, key=lambda flag: (not flag.veto, flag.record)))


def fit(need: Posting, product: Posting, party: Party, flags: Sequence[Flag]) -> FinanceFit:
    """Return how a product suits a need, check by check; money in 万元, rates in percent, bounds included."""
    checks = tuple(_checks(need.attributes, product.attributes, party, flags))
    verdicts = {check.verdict for check in checks}
    outcome = next((v for v in (Verdict.UNMET, Verdict.UNKNOWN) if v in verdicts), Verdict.MET)
    return FinanceFit(outcome, checks, missing_papers(need.attributes, product.attributes))


def _checks(need: Attributes, product: Attributes, party: Party, flags: Sequence[Flag]) -> Iterator[Check]:
    offered = str(product.get("instrument") or "")
    yield _instrument(need, offered, party)
    yield from _bounds(need, product)
    if product.get("needs_confirmation") is True:
        said = need.get("confirmed")
        verdict = Verdict.UNKNOWN if said is None else Verdict.MET if said is True else Verdict.UNMET
        yield Check("确权", verdict, "产品要求付款方确权")
    backing = {"应收账款": "receivable_wan", "订单": "order_wan"}.get(offered)
    if backing and (held := _number(need, backing)) is not None and (wanted := _number(need, "amount_wan")) is not None:
        words = f"融资 {wanted:g} 万元，{_LABELS[backing]} {held:g} 万元"
        yield Check("对应资产", _kept(wanted <= held), words)
    if (stages := product.get("stages")) and offered == "股权":
        named = need.get("round")
        verdict = (
            Verdict.UNKNOWN if not named else _kept(named in stages if isinstance(stages, list | tuple) else False)
        )
        yield Check(
            "投资阶段", verdict, f"产品投 {'、'.join(map(str, stages)) if isinstance(stages, list | tuple) else stages}"
        )
    for flag in flags:
        yield Check("信用", Verdict.UNMET if flag.veto else Verdict.UNKNOWN, flag.text)


def _instrument(need: Attributes, offered: str, party: Party) -> Check:
    wanted = need.get("instrument")
    if wanted and wanted != offered:
        return Check("融资方式", Verdict.UNMET, f"需要{wanted}，产品为{offered}")
    if offered not in instruments():
        return Check("融资方式", Verdict.UNKNOWN, f"产品为{offered or '未写明的方式'}")
    held = options(need, party)[offered]
    return Check("融资方式", held.verdict, f"{offered}：{held.text}")


def _bounds(need: Attributes, product: Attributes) -> Iterator[Check]:
    """Yield the comparisons of numbers that either side states; one that only one side states is 待核实."""
    for name, mine, theirs, sign, unit in (
        ("额度下限", "amount_wan", "amount_min_wan", 1, "万元"),
        ("额度上限", "amount_wan", "amount_max_wan", -1, "万元"),
        ("期限", "tenor_months", "tenor_max_months", -1, "个月"),
        ("利率", "rate_max_pct", "rate_pct", 1, "%"),
    ):
        wanted, bound = _number(need, mine), _number(product, theirs)
        if bound is None or (wanted is None and mine != "amount_wan"):
            continue
        if wanted is None:
            yield Check(name, Verdict.UNKNOWN, f"产品为 {bound:g}{unit}，需求未写金额")
            continue
        yield Check(name, _kept(sign * (wanted - bound) >= 0), f"需求 {wanted:g}{unit}，产品 {bound:g}{unit}")


def _kept(holds: bool) -> Verdict:
    return Verdict.MET if holds else Verdict.UNMET


def _number(held: Attributes, name: str) -> float | None:
    value = held.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def missing_papers(need: Attributes, product: Attributes) -> tuple[str, ...]:
    """Return the papers of the product and of its instrument that the seeker does not say it has."""
    known = instruments().get(str(product.get("instrument") or ""))
    named = product.get("documents")
    wanted = [*(named if isinstance(named, list | tuple) else ()), *(known.papers if known else ())]
    held = need.get("documents")
    have = [normalise(str(one)) for one in held] if isinstance(held, list | tuple) else []
    return tuple(one for one in dict.fromkeys(map(str, wanted)) if not _among(one, have))


def _among(paper: str, have: Sequence[str]) -> bool:
    names = [normalise(part) for part in paper.split("或")]
    return any(name in one or one in name for name in names for one in have if one)
