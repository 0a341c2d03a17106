"""Notice to be given (提前5个工作日预约, in days) and how often a thing is done (每月2次, in times a year)."""

import re
from collections.abc import Iterator, Mapping, Sequence

from matcher.domain import Verdict
from matcher.quantity.base import Judgement, Statement
from matcher.quantity.numbers import chinese_number
from matcher.quantity.wording import Source, is_owned, shared

TOPICS: Mapping[str, str] = {"notice": "提前预约时间", "frequency": "频次"}

_NUMBER = r"(?:(?<!\d)\d{1,6}(?:\.\d{1,3})?|半|[一二两三四五六七八九十]{1,4})"
_NOTICE = re.compile(
    rf"提前\s?(?:至少|约|不少于|不超过|最多)?\s?(?P<n>{_NUMBER})\s?(?:个)?(?P<unit>工作日|自然日|天|日|小时|周|星期|月)(?:以上|左右|内)?(?=[^，。;]{{0,8}}(?:约|预定|预订|申请|通知|告知|报备|排期|提出|登记|联系|下单|即可|可))"
    rf"|(?:预约|预订|预定)[^。;]{{0,6}}提前\s?(?:至少|约|不少于|不超过|最多)?\s?(?P<m>{_NUMBER})\s?个?(?P<measure>工作日|自然日|天|日|小时|周|星期|月)"
    r"|(?P<now>无需(?:提前)?预约|不需要?(?:提前)?预约|免预约|随到随[做测用检]|随约随[用到]|即约即[用到]|当[天日](?:预约|约)[^，。;]{0,4}(?:使用|用|上机|可用|测|到|出|做)|当[天日](?:即)?可(?:约|预约|用|上机)|随时可约)"
)
_UNIT_DAYS: Mapping[str, tuple[float, float]] = {
    "工作日": (1, 1.4),
    "自然日": (1, 1),
    "天": (1, 1),
    "日": (1, 1),
    "小时": (1 / 24, 1 / 24),
    "周": (7, 7),
    "星期": (7, 7),
    "月": (28, 31),
}


_REFUSED = re.compile(r"(?:不|无法|不能|不接受|不支持|谢绝)[^，。;]{0,4}$")


@shared
def _notices(source: Source) -> Iterator[tuple[int, int, float, float]]:
    for match in _NOTICE.finditer(source.folded):
        if match["now"]:
            before, _ = source.words(match.start(), match.end())
            if not _REFUSED.search(before):
                yield match.start(), match.end(), 0.0, 0.0
            continue
        number = _value(match["n"] or match["m"])
        low, high = _UNIT_DAYS[match["unit"] or match["measure"]]
        yield match.start(), match.end(), number * low, number * high


def _value(words: str) -> float:
    return 0.5 if words == "半" else float(words) if words[0].isdigit() else float(chinese_number(words))


_PERIODS: Mapping[str, float] = {
    "天": 365,
    "日": 365,
    "隔天": 182,
    "隔日": 182,
    "周": 52,
    "星期": 52,
    "两周": 26,
    "双周": 26,
    "半月": 24,
    "半个月": 24,
    "月": 12,
    "个月": 12,
    "两个月": 6,
    "季": 4,
    "季度": 4,
    "半年": 2,
    "年": 1,
    "年度": 1,
}
_COUNTED = r"(?:车次|班次|[次班趟回场])"
_ACTS = (
    "巡检|巡查|发车|配送|送货|上门|检修|维护|保养|保洁|清洁|消杀|清运|对账|回访|培训|盘点|更新|检测|校准|清洗"
    "|发班|开班|拜访|结算|补货|抽检|开课|直播|例会|路演"
)
_PERIODIC = re.compile(r"[每隔/]|一(?:[半两周月天日年季]|个月|星期)|天天|日日")
_OFTEN = re.compile(
    rf"(?P<each>每|(?<!成)一|隔)(?P<period>半个月|两个月|半月|半年|两周|双周|季度?|个月|年度?|月|周|星期|天|日)(?P<mid>[^，。;\d]{{0,12}}?)"
    rf"(?P<n>{_NUMBER})\s?(?:[~-]\s?{_NUMBER}\s?)?{_COUNTED}(?!产|组)(?P<up>及?以上|起)?"
    rf"|(?P<m>{_NUMBER})\s?{_COUNTED}\s?[/每]\s?(?P<per>半个月|半月|半年|季度?|个月|年度?|月|周|天|日)"
    rf"|每隔?\s?(?P<gap>{_NUMBER})\s?(?P<step>天|日|周|个月)(?:[^，。;\d]{{0,6}}?)(?:一|1)次"
    rf"|(?P<daily>每[天日]|天天|日日)(?P<act>(?:均|都|有|定时){{0,3}}(?:{_ACTS}))"
)


@shared
def _frequencies(source: Source) -> Iterator[tuple[int, int, float, frozenset[str]]]:
    """Yield the times a year of each frequency and the words that say of what."""
    for match in _OFTEN.finditer(source.folded) if _PERIODIC.search(source.folded) else ():
        if match["daily"]:
            times = _PERIODS["天"]
        elif match["gap"]:
            times = _PERIODS[match["step"]] / max(_value(match["gap"]), 1)
        elif match["per"]:
            times = _value(match["m"]) * _PERIODS[match["per"]]
        else:
            period = ("隔" if match["each"] == "隔" else "") + match["period"]
            times = _value(match["n"]) * _PERIODS.get(period, _PERIODS[match["period"]])
        words = _said(source, match.start(), match.end())
        yield match.start(), match.end(), times, frozenset(re.findall(_ACTS, words))


def _said(source: Source, start: int, end: int) -> str:
    before, after = source.words(start, end)
    return before + source.folded[start:end] + after


_NEEDED = re.compile(rf"须|需(?!方)|要|必须|至少|不[少低]于|以上|{_ACTS}|两次")
_MISHAP = re.compile(r"不[多超高大][于过]|误报|报警|停线|故障|多数|白跑|封顶|以内|最多|至多|漏")


def demands(source: Source) -> Iterator[Statement]:
    """Yield the longest notice a request can give and the frequency it needs."""
    for start, end, _, high in _notices(source):
        yield Statement(topic="notice", span=source.span(start, end), high=high)
    for start, end, times, act in _frequencies(source):
        words = _said(source, start, end)
        if not is_owned(source, start) and _NEEDED.search(words) and not _MISHAP.search(words):
            yield Statement(topic="frequency", span=source.span(start, end), low=times, values=act)


def states(source: Source) -> Iterator[Statement]:
    """Yield the notice an offer wants and how often it does a thing."""
    for start, end, low, high in _notices(source):
        yield Statement(topic="notice", span=source.span(start, end), low=low, high=high)
    for start, end, times, act in _frequencies(source):
        yield Statement(topic="frequency", span=source.span(start, end), low=times, high=times, values=act)


def judge(requirement: Statement, stated: Sequence[Statement]) -> Judgement:
    """Return how an offer's notice or frequency stands; a frequency of another activity decides nothing."""
    for each in stated:
        if requirement.topic == "notice":
            enough, short = each.high <= requirement.high, each.low > requirement.high
        elif requirement.values and each.values and not requirement.values & each.values:
            continue
        else:
            enough, short = each.low >= requirement.low, each.high < requirement.low
        if enough:
            return Judgement(outcome=Verdict.MET, proof=each)
        if short:
            return Judgement(outcome=Verdict.UNMET, proof=each)
    return Judgement(outcome=Verdict.UNKNOWN)


def ask(requirement: Statement) -> str:
    """Return what to ask about notice or frequency."""
    return f"{TOPICS[requirement.topic]}是否符合“{requirement.span.text}”"
