"""A plan on one page: what, when, how good, who remains short and why, and what would help."""

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from matcher.planning.export.agenda import Agendas, level, span
from matcher.planning.export.words import stage_words
from matcher.planning.model import MILLI, EventSide, Unmet
from matcher.planning.statistics import statistics
from matcher.planning.verify import verify

Line: TypeAlias = tuple[str, str, str]
"""What it is about, whom or which, and what is to be said."""


def overview(agendas: Agendas) -> list[Line]:
    """Return a plan's overview line by line, all in words."""
    return [*_event(agendas), *_quality(agendas), *_left(agendas)]


def _event(agendas: Agendas) -> Iterator[Line]:
    event, people = agendas.event, agendas.document.programme.participants
    sides = Counter(one.side.value if one.side else "未分身份" for one in people)
    closed = "、".join(str(table) for table in sorted(event.closed_tables))
    told = "，".join(f"{side} {sides[side]} 家" for side in (*EventSide, "未分身份") if sides[side])
    yield "活动", "", event.name
    yield "时间", "", f"{span(event.slots)}，共 {len(event.slots)} 个时段"
    yield "桌位", "", f"{event.tables} 张" + (f"，其中停用：{closed} 号桌" if closed else "")
    yield "参会", "", f"{len(people)} 家" + (f"：{told}" if len(sides) > 1 else "")


def _quality(agendas: Agendas) -> Iterator[Line]:
    found, document = statistics(agendas.document.programme, agendas.document.plan), agendas.document
    meetings = f"{found.meetings} 场，{found.with_meetings} 家有会面，{found.without_meetings} 家没有会面"
    yield "会面", "", meetings + (f"；平均适配度：{level(round(found.mean_score * MILLI))}" if found.meetings else "")
    levels = Counter(level(meeting.score) for meeting in document.plan.meetings)
    yield "适配度", "", "，".join(f"{name} {levels[name]} 场" for name in ("高", "中", "低"))
    if fixed := sum(meeting.locked for meeting in document.plan.meetings):
        yield "锁定", "", f"{fixed} 场由主办方锁定"
    violations = verify(document.programme, document.plan)
    yield "校验", "", f"{len(violations)} 处问题，须处理" if violations else "通过：每条规则逐一核对，没有违反"
    for violation in violations:
        yield "问题", "、".join(_known(agendas, name) for name in violation.participants), violation.message
    for stage in document.plan.stages:
        name, value, proof = stage_words(stage)
        yield "求解", name, f"{value}（{proof}）"


def _left(agendas: Agendas) -> Iterator[Line]:
    plan = agendas.document.plan
    for unmet in plan.unmet:
        yield "未满足", _known(agendas, unmet.participant), _short(agendas, unmet)
    for words in plan.relaxations:
        yield "可放宽", "", words
    for words in plan.notes:
        yield "提示", "", words


def _short(agendas: Agendas, unmet: Unmet) -> str:
    if unmet.partner:
        return f"应与“{_known(agendas, unmet.partner)}”会面而未安排：{unmet.reason}"
    return f"至少 {unmet.wanted} 场，已排 {unmet.got} 场：{unmet.reason}"


def _known(agendas: Agendas, name: str) -> str:
    held = agendas.people.get(name)
    return held.name if held else name
