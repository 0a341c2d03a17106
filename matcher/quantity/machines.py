"""Equipment and facilities: which a request must find at the other side, which an offer has, and how they compare."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import inf

from matcher.assets import asset
from matcher.domain import Verdict
from matcher.quantity.base import Judgement, Statement
from matcher.quantity.numbers import chinese_number
from matcher.quantity.patterns import Forms, Found
from matcher.quantity.standing import Standing, standing
from matcher.quantity.wording import Mention, Source, apart, around, is_owned, is_preferred, mentions, shared

TOPICS: Mapping[str, str] = {"equipment": "设备与设施", "crane": "行车吨位", "gpu": "算力卡型号"}

_ONLY = "仅此"
_UP = "以上"
_KIND = (
    r"生产线|流水线|中试线|试验线|产线|线(?=\d|[，。;、()]|$|[一二三四五六七八九十两数]?条)|工作站|试验台|机床|机组|设备|仪器|装置|系统|显微镜|实验室|隧道|影棚|服务器|柜(?!台|员|面)"
    r"|[机炉仪窑釜罐塔箱舱]"
)
_END = re.compile(rf"(?:{_KIND})(?![器构会制员油动率械关能时遇型体理])")
_GENERIC = re.compile(
    rf"(?:[\u4e00-\u9fffA-Za-z\-]|\d(?=[A-Za-z轴])){{2,9}}(?:{_KIND})(?![器构会制员油动率械关能时遇型体理])"
)
_HAVING = re.compile(r"(?:自有|[配设备装带具拥须需要应必]有|配备|配置|具备|配套|带|配|有|自备|建有)[^，。;、]{0,16}$")
_WANTING = re.compile(r"(?:须|需|要|应|用|使用|采用|必须)[^，。;、]{0,16}$")
_LEAD = re.compile(
    r"^.*(?:均为|全为|全部为|都是|全是|自有|[配设装备带拥须需应必]有|配备|配置|具备|具有|要求|必须|需要|采用|使用|自带|须|需|要|有|带|配|及|和|或|的|台|条|套)(?=.{3})"
)
_MASS = (
    r"(?P<low>(?<!\d)\d{1,6}(?:\.\d{1,3})?|[一二三四五六七八九十百两]{1,4})(?:\s?[~-]\s?(?P<high>\d{1,6}(?:\.\d{1,3})?))?"
    r"\s?(?:吨|[tT](?![A-Za-z]))(?:及?以上|以上|级)?"
)
_CRANE_WORD = r"(?:双梁|单梁|桥式|欧式|电动|双钩|的){0,4}(?:行车|天车|航车|桁车|行吊|起重机|桥吊|龙门吊|吊车)"
_LIFTS = re.compile(r"[行天航桁吊]车|行吊|起重机|桥吊|龙门吊")
_CRANE = re.compile(
    rf"{_MASS}{_CRANE_WORD}"
    rf"|{_CRANE_WORD}(?:，(?=[^，]{{1,6}}以上)|起重量|吨位|最大|起重|起吊|能力|不低于|不小于|至少|额定|[:为达到≥()\s]){{0,8}}"
    + _MASS.replace("low", "least").replace("high", "most")
)
_MACHINE, _MACHINES = re.compile(r"机$"), "(?:机(?:床|组|台|器)?|设备|生产线|产线)"
_OUTSIDE = re.compile(
    r"(?P<process>(?<![\u4e00-\u9fffA-Za-z])[\u4e00-\u9fffA-Z]{2,8}?)(?:工序|加工|全部|均|需|都|是|为|自己){0,4}(?:外协|外发|外送|委外|外包|做不了|不做|没有做)"
    r"|(?:不具备|不做|没有|无法做?|不能做|做不了|不提供|不接|暂无|不设|未配)(?P<lacking>[\u4e00-\u9fffA-Za-z]{2,8})"
)
_PROCESSED = (
    "外协",
    "外发",
    "外送",
    "委外",
    "外包",
    "不做",
    "做不了",
    "不具备",
    "没有",
    "无法",
    "不能做",
    "不提供",
    "不接",
    "暂无",
    "不设",
    "未配",
)
_SIZE = re.compile(r"\d\s?(?:[A-Za-z]{1,3}|[\u4e00-\u9fff]{1,2})(?:及?以上|级)?的?$")
_CRANES = frozenset({"行车"})
_SOLE = re.compile(r"(?:仅|只|全部?|均|都|清一色)(?:有|为|是|配|配有|设|用|做)[^，、]{0,4}$")
_UNNEEDED = re.compile(r"(?:不要求|不需要?|无需|无须|不必|不限|没有|缺少?|不设)[^，、]{0,4}$")
_VAGUE_NAME = re.compile(
    r"(?:相关|相应|检测|生产|加工|测试|专用|管理|配套|完善|成套|自动|先进|主要|全套|现有|进口|国产|各类|辅助|实验|试验|整套|通用|常用|一般|对应|齐全|该|本|新|旧|关键)*"
    r"(?:设备|系统|平台|仪器|装置|实验室|生产线|产线|机组)"
    r"|.*(?:手机|随机|时机|司机|飞机|主机|计算机|整机|裸机|样机|危机|动机|有机|无机|商机|货架|相机|医疗器|半固态机|在线|上线|下线|一线|专线|热线|联系)"
)
_UPWARDS = re.compile(r"^\s?(?:\d+G)?\s?(?:级别|级|及以上|以上|或以上|同等|等同|或同等|或更高)")
_CLEAN = re.compile(
    r"^(?:大型|小型|专业|全自动|自动|进口|国产|先进|数控|高精度|高速|相应|专用|多台|各类|自有|厂内|全套|成套)+"
)


@dataclass(frozen=True, slots=True)
class _Table:
    forms: Forms
    includes: Mapping[str, frozenset[str]]
    gpu: Forms
    ranks: Mapping[str, int]


@lru_cache(maxsize=1)
def _table() -> _Table:
    with asset("data", "conditions", "machines.toml").open("rb") as file:
        raw = tomllib.load(file)
    forms = [(_MACHINE.sub(_MACHINES, form), name) for name, written in raw["forms"].items() for form in written]
    return _Table(
        forms=Forms.of(forms),
        includes={name: frozenset(others) for name, others in raw["includes"].items()},
        gpu=Forms.of([(raw["gpu"]["form"], "")]),
        ranks={model: rank for rank, models in enumerate(raw["gpu"]["ranks"]) for model in models},
    )


@dataclass(frozen=True, slots=True)
class _Named:
    """A machine at [start, end) of the text: its id or, where it is not listed, its own words; a size or rank."""

    topic: str
    mention: Mention
    start: int
    values: frozenset[str]
    low: float = -inf
    high: float = inf
    listed: bool = True


@shared
def _named(source: Source) -> Iterator[_Named]:
    listed = around(source, _table().forms.found(source.folded))
    for mention in listed:
        yield _Named("equipment", mention, mention.start, frozenset({mention.name}))
    for mention in apart(around(source, _unlisted(source.folded)), listed):
        words = _CLEAN.sub("", _LEAD.sub("", mention.match[0]))
        if _is_name(words):
            yield _Named("equipment", mention, mention.end - len(words), frozenset({words}), listed=False)


def _unlisted(folded: str) -> list[Found]:
    """Return the words that end as machines do, with up to nine characters before; found by their ends, which are rare."""
    found: list[Found] = []
    past = 0
    for end in _END.finditer(folded):
        for start in range(max(past, end.start() - 9), end.start() - 1):
            if match := _GENERIC.match(folded, start):
                found.append((match, ""))
                past = match.end()
                break
    return found


def _is_name(words: str) -> bool:
    return len(words) > 2 and not _VAGUE_NAME.fullmatch(words)


@shared
def _sized(source: Source) -> Iterator[_Named]:
    """Yield the cranes with a tonnage and the accelerator cards of a text."""
    for mention in mentions(source, _CRANE) if _LIFTS.search(source.folded) else ():
        low, high = mention.match["low"] or mention.match["least"], mention.match["high"] or mention.match["most"]
        sizes = _tonnes(low), _tonnes(high or low)
        yield _Named("crane", mention, mention.start, frozenset(), *sizes)
    for mention in around(source, _table().gpu.found(source.folded)):
        model = mention.match[1].upper()
        upwards = {_UP} if _UPWARDS.match(mention.after) else set()
        rank = float(_table().ranks[model])
        yield _Named("gpu", mention, mention.start, frozenset({model} | upwards), rank, rank)


def _tonnes(words: str) -> float:
    return float(words) if words[0].isdigit() else float(chinese_number(words))


def demands(source: Source) -> Iterator[Statement]:
    """Yield the equipment a request needs at the other side: a choice (A或B) as one statement, else one each.

    One with a size before it (5吨反应釜) is `vague`: that there is one does not prove that it is large enough.
    """
    needed = [named for named in _named(source) if _binding(source, named)]
    for _, group in groupby(needed, key=lambda named: named.mention.run if named.mention.either else id(named)):
        run = list(group)
        values = frozenset().union(*(named.values for named in run))
        span = source.span(run[0].start, run[-1].mention.end)
        sized = _SIZE.search(source.folded, max(0, run[0].start - 12), run[0].start)
        yield Statement(topic="equipment", span=span, values=values, vague=bool(sized) and not values & _CRANES)
    for named in _sized(source):
        if not is_owned(source, named.start) and not is_preferred(named.mention):
            span = source.span(named.start, named.mention.end)
            yield Statement(topic=named.topic, span=span, values=named.values, low=named.low)


def states(source: Source) -> Iterator[Statement]:
    """Yield what an offer says of the equipment it names."""
    for named in (*_named(source), *_sized(source)):
        mention = named.mention
        said = standing(mention)
        before = mention.before + source.folded[mention.start : named.start]
        sole = said is Standing.HELD and _SOLE.search(before)
        first, last = named.start, mention.end
        if said is not Standing.HELD:
            first, last = first - len(mention.before.lstrip()), last + len(mention.after)
        yield Statement(
            topic=named.topic,
            span=source.span(max(first, 0), last),
            values=named.values | ({_ONLY} if sole else set()),
            low=named.low,
            high=named.high,
            denied=said is Standing.DENIED,
            vague=said is Standing.VAGUE,
        )
    if any(word in source.folded for word in _PROCESSED):
        for match in _OUTSIDE.finditer(source.folded):
            span, process = source.span(match.start(), match.end()), match["process"] or match["lacking"]
            yield Statement(topic="equipment", span=span, values=frozenset({process}), denied=True)


def _binding(source: Source, named: _Named) -> bool:
    """Return whether a request needs this equipment at the other side, rather than seeking it or having it itself."""
    mention = named.mention
    if is_owned(source, named.start) or is_preferred(mention):
        return False
    before = mention.before + source.folded[mention.start : named.start]
    if _UNNEEDED.search(before) or mention.after.startswith(("报告", "数据", "费", "证书", "工程师", "人员", "操作")):
        return False
    return bool(_HAVING.search(before)) or (named.listed and bool(_WANTING.search(before)))


def judge(requirement: Statement, stated: Sequence[Statement]) -> Judgement:
    """Return 满足 when what is asked for is there, 不满足 when the offer says it is not or lists only others."""
    if requirement.topic == "crane":
        return _largest(requirement, stated)
    if requirement.topic == "gpu":
        return _card(requirement, stated)
    found = _listed(requirement, stated)
    return Judgement(outcome=Verdict.UNKNOWN) if requirement.vague and found.outcome is Verdict.MET else found


def bears(requirement: Statement, said: Statement) -> bool:
    """Whether a statement may decide about a requirement; those that do not leave it open whatever else is said."""
    if requirement.topic != "equipment" or _ONLY in said.values:
        return True
    return any(_bears(wanted, value, said.denied) for wanted in requirement.values for value in said.values)


def _bears(wanted: str, value: str, denied: bool) -> bool:
    return _is(wanted, value) or (denied and wanted.startswith(value))


def _listed(requirement: Statement, stated: Sequence[Statement]) -> Judgement:
    outcomes = [_single(wanted, stated) for wanted in sorted(requirement.values)]
    for outcome in outcomes:
        if outcome.outcome is Verdict.MET:
            return outcome
    if all(outcome.outcome is Verdict.UNMET for outcome in outcomes):
        return outcomes[0]
    return Judgement(outcome=Verdict.UNKNOWN)


def _single(wanted: str, stated: Sequence[Statement]) -> Judgement:
    bearing = [each for each in stated if any(_bears(wanted, value, each.denied) for value in each.values)]
    refused = [each for each in bearing if each.denied]
    held = [each for each in bearing if not each.denied and not each.vague]
    if held and not refused:
        return Judgement(outcome=Verdict.MET, proof=held[0])
    if refused and not held:
        return Judgement(outcome=Verdict.UNMET, proof=refused[0])
    if not bearing and (other := _instead(wanted, stated)):
        return Judgement(outcome=Verdict.UNMET, proof=other)
    return Judgement(outcome=Verdict.UNKNOWN)


def _is(wanted: str, value: str) -> bool:
    return value == wanted or wanted in _table().includes.get(value, ()) or (len(wanted) > 3 and value.endswith(wanted))


def _instead(wanted: str, stated: Sequence[Statement]) -> Statement | None:
    """Return the statement that all machines of the kind asked for are of another sort (全部为三轴)."""
    kind = wanted[-1]
    sole = (each for each in stated if _ONLY in each.values and not each.denied)
    return next((each for each in sole if any(value.endswith(kind) for value in each.values)), None)


def _largest(requirement: Statement, stated: Sequence[Statement]) -> Judgement:
    """Return how the largest crane stands; one that may be fitted leaves it open."""
    sure = [each for each in stated if not each.vague and not each.denied]
    if not sure:
        return Judgement(outcome=Verdict.UNKNOWN)
    largest = max(sure, key=lambda each: each.high)
    if largest.high >= requirement.low:
        return Judgement(outcome=Verdict.MET, proof=largest)
    if any(each.vague for each in stated):
        return Judgement(outcome=Verdict.UNKNOWN)
    return Judgement(outcome=Verdict.UNMET, proof=largest)


def _card(requirement: Statement, stated: Sequence[Statement]) -> Judgement:
    upwards = _UP in requirement.values
    for each in stated:
        enough = each.low >= requirement.low if upwards else bool(each.values & requirement.values - {_UP})
        if enough and not each.vague:
            return Judgement(outcome=Verdict.UNMET if each.denied else Verdict.MET, proof=each)
    sole = next((each for each in stated if _ONLY in each.values and each.low < requirement.low), None)
    return Judgement(outcome=Verdict.UNMET, proof=sole) if sole else Judgement(outcome=Verdict.UNKNOWN)


def ask(requirement: Statement) -> str:
    """Return what to ask about equipment."""
    return f"是否有“{requirement.span.text}”"
