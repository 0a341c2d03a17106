"""Where a firm is and where it serves: 限苏州市内, 须能到新疆施工, 距宁波港80公里以内, and how an offer stands to that."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from matcher.domain import Verdict
from matcher.quantity.base import Judgement, Statement
from matcher.quantity.gazetteer import NATION, Place, covers, places
from matcher.quantity.numbers import chinese_number
from matcher.quantity.wording import Source, is_owned, shared

TOPICS: Mapping[str, str] = {"site": "所在地区", "service_area": "服务地区", "distance": "距离", "drive": "车程"}

_MAYBE = "maybe="
_SOLE = "仅此"
_PART = "部分"
_LISTED = re.compile(r"[市省]?\s?[、或和及与/]\s?")
_NEARBY = re.compile(r"^(?:市|省)?(?:及其?)?(?:周边|附近|一带|就近|近郊|周围)")
_PART_OF = re.compile(r"[省市]?[东西南北中]+部")
_SITE_BEFORE = re.compile(
    r"(?:位于|地处|坐落于?|坐落在|落户于?|落地|设在|设于|设有|建在|建于|厂址|地址|所在地|总部|注册地?|注册在|来自|分布|布局|在|于|限|仅限|只考虑|仅考虑|只要|只接受|找|寻|求|本地|[为是:])[^，。;、\d]{0,3}$"
)
_SITE_AFTER = re.compile(
    r"^(?:市|省|区|县)?(?:[\u4e00-\u9fff]{0,4}(?:区|县|镇|路|街|园|港|开发区|产业园|高新区|工业园|园区))?(?:省内|市内|境内|区内|县内|内|本地|当地|地区|范围|主城|城区|市区|周边|附近|一带"
    r"|[\u4e00-\u9fff]{0,6}(?:工厂|厂|仓|公司|基地|企业|中心|实验室|库|门店|网点|分公司|办事处|服务站|机构|园区|团队|总部|院|所|产线|车间))"
)
_AREA_BEFORE = re.compile(
    r"(?:能到|可到|驻|能在|可在|可去|赴|前往|上门|送到|送达|送至|可送|配送至?|发往|运到|运往|运至|覆盖|辐射|服务(?:于|范围|区域|地区|半径)?|业务(?:范围|区域)?|承接|接受|只接|仅接|只做|仅做|面向|含|包括|包含|仅限|限|仅服务|只服务|到|抵达|发)[^，。;、\d]{0,4}$"
)
_AREA_AFTER = re.compile(
    r"^(?:[一二三四五六七八九十\d]{1,3}省(?:[一二三四1-4]市)?|市|省|区|各省|各地|全境|全省|全市|等地|地区|现场|境内|省内|市内|内|本地|的|全域|范围内?|及周边|市区){0,4}(?:均|都|可|能|提供|需要?|进行|的){0,4}(?:施工|上门|现场|配送|送货|进场|驻场|服务|安装|维修|到场|发货|包邮|覆盖|业务|项目|交付|派送|派|可达|直达|专线|线路|作业|落地|驻点)"
)
_SERVE = re.compile(
    r"施工|上门|现场|配送|送货|进场|驻场|安装|维修|到场|送达|发货|承接|业务|覆盖|服务范围|服务区域|赴|送到|送至|到达|派送|作业|能到|可到|只接|仅接|运到|发往|落地服务|包邮|专线"
)
_ELSEWHERE = re.compile(
    r"(?:距离?|离|至|到|往返|客户(?:有|含|包括|遍布)?|供货给?|供应|配套|出口(?:到|至)?|销往|销售|毗邻|邻近|紧邻|邻|参展|曾为|为)[^，。;、]{0,6}$"
)
_CUSTOMERS = re.compile(r"客户|用户|案例|业绩|合作过|配套|销往|出口|销售网络|供货")
_DISTANT = re.compile(r"^[^，。;、]{0,8}?\d+(?:\.\d+)?\s?(?:公里|km|千米|小时|分钟)")
_EXCEPT = re.compile(
    r"(?:除|不含|不包括|不去|不到|不接|不做|不送|不发|不覆盖|不服务|暂不|无法到|未覆盖|不承接|不支持)[^，。;]{0,6}$"
)
_EXCEPT_AFTER = re.compile(r"^[^，。;]{0,8}?(?:除外|以外|之外|不接|不做|不去|不送|不发|不覆盖|不服务|不承接|不在)")
_ONE_ONLY = re.compile(
    r"仅此|只此|唯一|仅有此|仅有一|仅在|只在|没有分|无分|无其他|未设其他|不设分|没有其他|仅一处|只有一处|只有一个|单一厂区"
)
_SPREAD = re.compile(r"总部|注册|全国布局|多地|分公司|办事处|合作点|布局|多个|各地|网点遍布|连锁")
_OPEN = re.compile(r"可协商|可谈|可商|另议|可考虑|视项目|筹备|拟|计划|规划|在建|即将|可安排")
_ASKED = re.compile(
    r"限|只考虑|仅考虑|只要|只接受|须|需|要|必须|应|位于|本地|范围|境内|[省市区]内|地区|寻|找|求|招|征|当地|主城|周边|附近|(?:供方|供应商|工厂|厂址|仓库?|场地|服务商|厂家|机构|基地)[^，。;]{0,3}在"
)


def demands(source: Source) -> Iterator[Statement]:
    """Yield where a request wants the other side to be, or to serve: any one of the codes will do."""
    found = [place for place in _places(source) if not is_owned(source, place.start)]
    named = list(_distances(source))
    for start, end, topic, ref, number in named:
        if not is_owned(source, start):
            yield Statement(topic=topic, span=source.span(start, end), high=number, values=frozenset({ref}))
    measured = {at for start, end, *_ in named for at in range(start, end)}
    kept = [place for place in found if place.start not in measured]
    grouped: list[tuple[str, list[Place]]] = []
    for place in kept:
        topic = _wanted(source, place)
        joint = _joint(source, grouped[-1][1][-1], place) if grouped else ""
        if joint and not topic:
            topic = grouped[-1][0]
        if joint and topic == grouped[-1][0] and (topic == "site" or "或" in joint):
            grouped[-1][1].append(place)
        elif topic:
            grouped.append((topic, [place]))
    for topic, run in grouped:
        after = source.folded[run[-1].end : run[-1].end + 6]
        made = _statement(source, topic, run, vague=bool(_NEARBY.match(after)))
        yield replace(made, values=made.values | {_PART}) if _PART_OF.match(after) else made


@shared
def _places(source: Source) -> list[Place]:
    return places(source.folded)


def _joint(source: Source, first: Place, second: Place) -> str:
    """Return what joins two places that are listed together (A或B), empty where they are not."""
    joint = _LISTED.fullmatch(source.folded, first.end, second.start)
    return joint[0] if joint else ""


def _wanted(source: Source, place: Place) -> str:
    """Return the topic a place in a request is a demand on, empty when it is none."""
    before, after = _around(source, place)
    if (
        _DISTANT.match(after)
        or re.search(r"(?:优先|最好|为佳|更佳|也可|亦可)", before + after)
        or _EXCEPT.search(before)
    ):
        return ""
    if (_AREA_BEFORE.search(before) and _SERVE.search(before + after)) or _AREA_AFTER.match(after):
        return "" if re.search(r"\d", before) else "service_area"
    if re.search(r"(?:距离?|离|发往|销往|出口|至|送到|到)[^，。;、]{0,4}$", before):
        return ""
    if _SITE_AFTER.match(after) or _SITE_BEFORE.search(before):
        return "site" if _ASKED.search(before + after) else ""
    return ""


def _around(source: Source, place: Place) -> tuple[str, str]:
    return source.words(place.start, place.end)


def _statement(
    source: Source, topic: str, run: Sequence[Place], *, denied: bool = False, vague: bool = False, sole: bool = False
) -> Statement:
    codes = frozenset().union(*(place.codes for place in run))
    maybe = frozenset(_MAYBE + code for place in run for code in place.maybe)
    return Statement(
        topic=topic,
        span=source.span(run[0].start, run[-1].end),
        values=codes | maybe | ({_SOLE} if sole else frozenset()),
        denied=denied,
        vague=vague,
    )


def states(source: Source) -> Iterator[Statement]:
    """Yield where an offer says it is and where it serves; a place it only measures from or sells to is neither."""
    for start, end, topic, ref, number in _distances(source):
        yield Statement(topic=topic, span=source.span(start, end), low=number, high=number, values=frozenset({ref}))
    for place in _places(source):
        before, after = _around(source, place)
        vague = bool(_OPEN.search(before + after))
        if _EXCEPT.search(before) or _EXCEPT_AFTER.match(after):
            yield _statement(source, "service_area", [place], denied=True, vague=vague)
            yield _statement(source, "site", [place], denied=True, vague=vague)
        elif _is_area(before, after):
            yield _statement(source, "service_area", [place], sole=bool(re.search(r"仅|只(?!要)", before)), vague=vague)
            if re.search(r"网点|合作点|服务点|服务站|办事处|分公司|仓|门店", before + after):
                yield _statement(source, "site", [place], vague=True)
        elif _is_site(before, after):
            spread = _SPREAD.search(before + after) and not _ONE_ONLY.search(source.near(place.start, place.end))
            yield _statement(source, "site", [place], vague=bool(_OPEN.search(before)), sole=not spread)


def _is_site(before: str, after: str) -> bool:
    if _DISTANT.match(after) or _ELSEWHERE.search(before) or _CUSTOMERS.search(before + after):
        return False
    return bool(_SITE_BEFORE.search(before) or _SITE_AFTER.match(after)) or not before.strip()


def _is_area(before: str, after: str) -> bool:
    if re.search(r"(?:位于|地处|坐落|设在|设于|落户)[^，。;]{0,6}$", before):
        return False
    served = _AREA_BEFORE.search(before) and not _DISTANT.match(after)
    return (bool(served) and not re.search(r"(?:距|离)[^，。;]{0,8}$", before)) or bool(_AREA_AFTER.match(after))


def judge(requirement: Statement, stated: Sequence[Statement]) -> Judgement:
    """Return how an offer's places stand: 满足 when one lies within, 不满足 when all it names lie elsewhere."""
    if requirement.topic in ("distance", "drive"):
        return _near(requirement, stated)
    if requirement.topic == "service_area":
        return _served(requirement, stated)
    wanted, part = _codes(requirement), _PART in requirement.values
    elsewhere: Statement | None = None
    for each in stated:
        where = _codes(each)
        if each.vague or each.denied:
            if any(_meet(want, code) for want in wanted for code in where):
                return Judgement(outcome=Verdict.UNKNOWN)
            continue
        if all(any(covers(want, code) for want in wanted) for code in where):
            outcome = Verdict.UNKNOWN if part or (requirement.vague and NATION in where) else Verdict.MET
            return Judgement(outcome=outcome, proof=each if outcome is Verdict.MET else None)
        if any(_meet(want, code) for want in (*wanted, *_maybe(requirement)) for code in (*where, *_maybe(each))):
            return Judgement(outcome=Verdict.UNKNOWN)
        elsewhere = elsewhere or each
    spread = any(_SOLE not in each.values for each in stated if not each.denied)
    if elsewhere and not spread and not requirement.vague:
        return Judgement(outcome=Verdict.UNMET, proof=elsewhere)
    return Judgement(outcome=Verdict.UNKNOWN)


def _codes(statement: Statement) -> Sequence[str]:
    return _parted(statement.values)[0]


def _maybe(statement: Statement) -> Sequence[str]:
    return _parted(statement.values)[1]


@lru_cache(maxsize=8192)
def _parted(values: frozenset[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the codes of places, and of those that only may be meant, in order."""
    sure = (code for code in values if not code.startswith(_MAYBE) and code not in (_SOLE, _PART))
    return sorted(sure), sorted(code[len(_MAYBE) :] for code in values if code.startswith(_MAYBE))


def _meet(first: str, second: str) -> bool:
    return covers(first, second) or covers(second, first)


def _served(requirement: Statement, stated: Sequence[Statement]) -> Judgement:
    """Return whether the place wanted is served: named or taken in, excepted, or outside all that is served."""
    wanted = _codes(requirement)
    for each in stated:
        if each.denied and any(covers(code, want) for code in _codes(each) for want in wanted):
            return Judgement(outcome=Verdict.UNMET, proof=each)
    served = [each for each in stated if not each.denied]
    for each in served:
        if not each.vague and any(covers(code, want) for code in _codes(each) for want in wanted):
            return Judgement(outcome=Verdict.MET, proof=each)
    touched = any(_meet(code, want) for each in served for code in (*_codes(each), *_maybe(each)) for want in wanted)
    sole = next((each for each in served if _SOLE in each.values), None)
    if sole and not touched and not any(each.vague for each in served):
        return Judgement(outcome=Verdict.UNMET, proof=sole)
    return Judgement(outcome=Verdict.UNKNOWN)


_NUMBER = r"(?P<{0}>\d{{1,6}}(?:\.\d{{1,3}})?|半|[一二两三四五六七八九十百]{{1,5}})"
_UNIT = r"个?(?P<{0}>公里|千米|km|KM|小时|分钟|h(?![a-z]))"
_HOW = (
    r"(?:之间|的){0,2}(?:运输|直线|公路|陆路)?(?:距离|车程|路程|里程|运距|驾车|开车|驱车|行车)?(?:时间)?"
    r"(?:不超过|不大于|不多于|控制在|小于|低于|≤|少于|在|为|约|大约|仅|只有|只需|仅需|需|只要|:|\s|不到|须|应|要){0,8}+"
)
_DISTANCE = re.compile(
    rf"(?:距离?|离|到|至|与)(?P<ref>(?!\d)[^，。;、\d约仅不≤:在]{{2,12}}?){_HOW}{_NUMBER.format('n')}\s?{_UNIT.format('unit')}(?P<half>半)?(?:以内|之内|内|车程){{0,3}}"
    rf"|(?P<centre>[\u4e00-\u9fff]{{2,10}}?)(?:周边|方圆|周围|附近|半径){{1,3}}{_HOW}{_NUMBER.format('m')}\s?{_UNIT.format('size')}(?:半径|范围|车程){{0,3}}(?:以内|之内|内)?"
)
_LENGTHS = re.compile(r"公里|千米|km|KM|车程|[小分][时钟]")
_REF = re.compile(r"(?:的|市区?|厂区|高铁站|火车站)$|^(?:我厂|我司|我公司|我方|本厂|厂区|工厂)")


@shared
def _distances(source: Source) -> Iterator[tuple[int, int, str, str, float]]:
    for match in _DISTANCE.finditer(source.folded) if _LENGTHS.search(source.folded) else ():
        number = _value(match["n"] or match["m"]) + (0.5 if match["half"] else 0)
        unit = match["unit"] or match["size"]
        ref = _REF.sub("", match["ref"] or match["centre"]).removesuffix("市")
        ref = re.sub(r"^.*[位须要在距离到]", "", ref) or ref
        if ref in ("控制", "运距", "半径", "车程", "路程"):
            continue
        if unit in ("小时", "h", "分钟"):
            yield match.start(), match.end(), "drive", ref, number * (1 if unit == "分钟" else 60)
        else:
            yield match.start(), match.end(), "distance", ref, number


def _value(words: str) -> float:
    return 0.5 if words == "半" else float(words) if words[0].isdigit() else float(chinese_number(words))


def _near(requirement: Statement, stated: Sequence[Statement]) -> Judgement:
    (wanted,) = requirement.values
    for each in stated:
        (ref,) = each.values
        if ref != wanted and not (len(wanted) > 2 and (wanted.endswith(ref) or ref.endswith(wanted))):
            continue
        outcome = Verdict.MET if each.high <= requirement.high else Verdict.UNMET
        return Judgement(outcome=outcome, proof=each)
    return Judgement(outcome=Verdict.UNKNOWN)


def ask(requirement: Statement) -> str:
    """Return what to ask about places."""
    if requirement.topic == "service_area":
        return f"能否服务“{requirement.span.text}”"
    if requirement.topic == "site":
        return f"是否在“{requirement.span.text}”有场所"
    return f"是否满足“{requirement.span.text}”"
