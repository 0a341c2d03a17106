"""Size class of a firm, 工信部联企业〔2011〕300号 第四条, from the dated table in `data/policy/size_class.toml`."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypeAlias

from matcher.domain import Enterprise, SizeClass
from matcher.errors import MatcherError
from matcher.policy.rules import Rule, latest, load
from matcher.policy.ruling import Ruling, cite
from matcher.taxonomy import industry_classes, industry_code, industry_name

_Bounds: TypeAlias = Mapping[str, float]

_CLASSES = (SizeClass.MICRO, SizeClass.SMALL, SizeClass.MEDIUM, SizeClass.LARGE)
_LABELS = {
    SizeClass.MICRO: "微型",
    SizeClass.SMALL: "小型",
    SizeClass.MEDIUM: "中型",
    SizeClass.LARGE: "大型",
}
_INDICATORS = {"employees": ("从业人员", "人"), "revenue_wan": ("营业收入", "万元"), "assets_wan": ("资产总额", "万元")}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    name: str
    clause: str
    industries: tuple[str, ...]
    small: _Bounds
    medium: _Bounds
    large: _Bounds
    memory: tuple[str, ...] = ()

    def bounds(self, indicator: str) -> tuple[float, ...]:
        return tuple(bounds[indicator] for bounds in (self.small, self.medium, self.large))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outside:
    name: str
    industries: tuple[str, ...]
    standard: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Table(Rule):
    rows: tuple[_Row, ...]
    outside: tuple[_Outside, ...] = ()


@lru_cache(maxsize=1)
def _tables() -> tuple[_Table, ...]:
    return load("size_class", "table", _Table)


def size_class(
    industry: str | None,
    *,
    employees: int | None,
    revenue_wan: float | None,
    assets_wan: float | None,
    as_of: date,
) -> Ruling:
    """Return the size class under the table in force on `as_of`; money in 万元.

    A class needs every lower bound (inclusive), else the next one down. Missing indicators and coarse codes leave all
    classes in `possible` that some value would give; `outcome` is one of `SizeClass`, unknown unless one is left. An
    industry not wholly within the 16 rows, a 高精尖 label or none gives unknown with nothing possible.

    :raises MatcherError: `unknown_industry`; `invalid_number` for a negative or non-finite indicator;
        `no_rule_in_force` when `as_of` is before the first table.
    """
    table = latest(_tables(), as_of, subject="划型标准")
    facts = {"employees": employees, "revenue_wan": revenue_wan, "assets_wan": assets_wan}
    for name, value in facts.items():
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise MatcherError("invalid_number", f"{_INDICATORS[name][0]}应为不小于 0 的数，现为 {value}", field=name)
    code = industry_code(industry) if industry else None
    rows = _rows(table, code) if code else ()
    possible = tuple(size for size in reversed(_CLASSES) if any(size in _possible(row, facts) for row in rows))
    return cite(
        table,
        possible[0] if len(possible) == 1 else SizeClass.UNKNOWN,
        _explain(table, code, rows, facts=facts, possible=possible),
        facts={"industry": code, "rows": tuple(row.name for row in rows), **facts},
        possible=possible,
        clause="、".join(row.clause for row in rows) or None,
        verified=code is None or _is_settled(table, code),
    )


@lru_cache(maxsize=4096)
def _rows(table: _Table, code: str) -> tuple[_Row, ...]:
    """Return the rows a code falls under: several for a coarse code, none when any part of it is outside the table."""
    found: dict[str, _Row] = {}
    for leaf in industry_classes(code):
        row = next((row for row in table.rows if leaf.startswith(row.industries)), None)
        if row is None:
            return ()
        found[row.name] = row
    return tuple(found.values())


@lru_cache(maxsize=4096)
def _is_settled(table: _Table, code: str) -> bool:
    memory = tuple(prefix for row in table.rows for prefix in row.memory)
    return not any(leaf.startswith(memory) for leaf in industry_classes(code))


def _possible(row: _Row, facts: Mapping[str, float | None]) -> tuple[SizeClass, ...]:
    """Return the classes some value of the missing indicators would give: the lowest known level, or any below it."""
    levels = [_level(row, name, value) for name in row.small if (value := facts[name]) is not None]
    ceiling = min(levels, default=len(_CLASSES) - 1)
    return _CLASSES[: ceiling + 1] if len(levels) < len(row.small) else (_CLASSES[ceiling],)


def _level(row: _Row, indicator: str, value: float) -> int:
    return sum(value >= bound for bound in row.bounds(indicator))


def _explain(
    table: _Table,
    code: str | None,
    rows: tuple[_Row, ...],
    *,
    facts: Mapping[str, float | None],
    possible: tuple[SizeClass, ...],
) -> str:
    if code is None:
        return "缺少所属行业，无法划型；请填写 GB/T 4754 行业代码。"
    if not rows:
        where = f"行业“{industry_name(code)}”不在（或不全在）划型标准的 16 类行业之内，无法划型"
        other = next((each.standard for each in table.outside if code.startswith(each.industries)), None)
        return f"{where}；{other or '请填写更细的 GB/T 4754 行业代码'}。"
    compared = "；".join(
        f"{row.name}：{'，'.join(_compare(row, name, facts[name]) for name in row.small)}" for row in rows
    )
    classes = "、".join(_LABELS[size] for size in possible)
    if len(possible) == 1:
        return f"按划型标准，{compared}。须同时满足所列指标的下限，否则下划一档，故为{classes}。"
    missing = dict.fromkeys(_INDICATORS[name][0] for row in rows for name in row.small if facts[name] is None)
    wanted = [*missing, *(["更细的行业代码"] if len(rows) > 1 else [])]
    return f"按划型标准，{compared}。可能为{classes}，请补充{'、'.join(wanted)}。"


def _compare(row: _Row, indicator: str, value: float | None) -> str:
    label, unit = _INDICATORS[indicator]
    bounds = row.bounds(indicator)
    if value is None:
        return f"{label}缺失（下限：小型 {bounds[0]:g}、中型 {bounds[1]:g}、大型 {bounds[2]:g} {unit}）"
    level = _level(row, indicator, value)
    if not level:
        return f"{label} {value:.12g} {unit}，低于小型下限 {bounds[0]:g} {unit}"
    return f"{label} {value:.12g} {unit}，达到{_LABELS[_CLASSES[level]]}下限 {bounds[level - 1]:g} {unit}"


def size_of(firm: Enterprise, as_of: date) -> SizeClass:
    """Return the size class of a firm from its own indicators; unknown when they or its industry leave it open."""
    ruling = size_class(
        firm.industry,
        employees=firm.employees,
        revenue_wan=firm.revenue_wan,
        assets_wan=firm.assets_wan,
        as_of=as_of,
    )
    return SizeClass(ruling.outcome)
