"""Titles of notices: 关于…公司2026年…采购项目（第二次）询比公告, and the object that they wrap."""

import re
from functools import lru_cache

from matcher.asking.words import any_of, compiled, inside_word, tagged, word_list
from matcher.taxonomy import find_region

_BRACKETED = re.compile(r"\s*[（(【\[][^（）()【】\[\]]{0,40}[）)】\]]$")
_N = r"[一二三四五六七八九十\d]"
_LOT = re.compile(
    rf"(?:第?{_N}{{1,3}}(?:次|轮|批次?|标段|标包|包|期招标)|标[包段]{_N}*|包{_N}{{1,2}}"
    rf"|[（(]?第?{_N}+[）)]?号?包|20\d{{6}})$"
)
# …采购项目标包2：论坛服务
_PART = re.compile(r"(?:采购)?(?:项目)?标[包段][一二三四五六七八九十\d]{1,3}[：:]")
_SPAN = r"\s*年?(?:度|学年|财年)?(?:\d{1,2}月)?"
_YEAR = re.compile(
    rf"^(?:(?:19|20)\d\d{_SPAN}(?:\s*[-—–~至到]+\s*(?:20\d\d|\d\d)?{_SPAN})?(?:[学财]年|年度)?|年度"
    r"|[（(]\d+个?[月年][）)]|[上下]半年|第?[一二三四]季度|\d{1,2}月份?)\s*的?"
)
_EDGE = " \t，,、。；;：:_-—–·|#*\"'“”"
_ORG = r"^(?P<name>[^，。；、的]{0,24}?)(?P<kind>(?:<asker.organisation>)+)(?:（[^（）]{1,12}）|\([^()]{1,12}\))?"
_SOME = r"^[^，。、的]{0,6}?某[^，。、的]{0,6}?(?:所|厂|院|校|站|司|部|队|矿|局|企业|单位|企)(?=[^，]{3})"
_TRADE = r"^(?P<name>[\u4e00-\u9fffA-Za-z]{2,4})<asker.trade>(?=[\u4e00-\u9fff]{3})"
_FIRM = re.compile(
    r"(?:公司|集团|支行|分行|总局|分局|街道|街道办|办事处|管委会|合作社|管理处|指挥部|事业部|车间|高校|疾控中心"
    r"|村委会|居委会|[船烟床械药化刷泥织肥铝铜酒糖电]厂)$"
)
_CODE = re.compile(
    r"^(?:[【\[（(][^【】\[\]（）()]{0,30}[】\]）)]|(?:项目)?编号[：:]?\s*[A-Za-z0-9\-_/]+"
    r"|(?=[A-Z0-9\-]*\d)[A-Z]{2,}[A-Z0-9]*-[A-Z0-9\-]{4,})\s*"
)
_ABOUT = (
    r"^(?:关于(?:就|对|开展|拟|公开|组织)?(?:拟)?(?:征集|征求|采购|购置|公开征集|公开征求|开展|组织"
    r"|(?:引进|引入|招募|遴选|选聘|甄选|寻求|寻找|聘请)(?!<seek.noun_tail+seek.noun_tail_re>))?|就(?=.{4,}征))"
)
_SOLICIT = r"^[^，。]{0,14}?(?:公开)?(?:征集|征求)"
_LEFT = re.compile(r"[\u4e00-\u9fffA-Za-z]{2}|^[A-Z]{1,4}\d|^[\u4e00-\u9fff]$")
_AREA = re.compile(r"^[\u4e00-\u9fff]{1,6}(?:省|自治区|市|自治州|地区|盟|县|区|旗|镇|乡|街道|片区|园区|开发区|高新区)$")


@lru_cache(maxsize=1)
def _tail_word() -> re.Pattern[str]:
    supplier = any_of("supplier.quality") + "{1,3}的?(?:供应商|供货商|服务商|厂家)"
    return re.compile(f"(?:{supplier}|{any_of('tail.strong', 'tail.weak', 'tail.judging_re')})$")


def peel(text: str) -> tuple[str, bool]:
    """Return (`text` without the wrapper words of a notice at its end, whether it is a notice at all)."""
    strong: set[str] = set(word_list("tail.strong"))
    core, notice = text.strip(_EDGE), False
    while True:
        plain = _LOT.sub("", _BRACKETED.sub("", core)).rstrip(_EDGE)
        found = _tail_word().search(plain)
        rest = plain[: found.start()].rstrip(_EDGE) if found else plain
        if rest == core or not _LEFT.search(rest):
            return (core, notice)
        if found:
            notice = notice or found.group() in strong or text.startswith("关于")
        core = rest


def notice_object(text: str) -> str | None:
    """Return the object of a notice's title, without wrapper, organisation, place and year; None when it is no notice."""
    core, notice = peel(_PART.sub("：", text))
    if not notice:
        return None
    core = _unless_empty(_about(core), core)
    if re.search(r"(?:征集|征求).*(?:意见|文件)|意见", text[len(core) - 1 :]) or re.search(r"(?:征集|征求)", core[:16]):
        core = _unless_empty(compiled(_SOLICIT).sub("", core, count=1), core)
    return without_asker(core)


def without_asker(text: str) -> str:
    """Return a notice's core without organisations, places, years and codes at its head."""
    before = None
    core = text.strip(_EDGE)
    while core != before:
        before = core
        for step in (_year, _code, _about, _place, _organisation):
            core = _unless_empty(step(core), core)
    return core


def _unless_empty(shorter: str, text: str) -> str:
    shorter = shorter.strip(_EDGE)
    return shorter if len(shorter) >= 2 and _LEFT.search(shorter) else text


def _year(text: str) -> str:
    return _YEAR.sub("", text, count=1)


def _about(text: str) -> str:
    return compiled(_ABOUT).sub("", text, count=1)


def _code(text: str) -> str:
    return _CODE.sub("", text, count=1)


def _organisation(text: str) -> str:
    found = compiled(_ORG).match(text)
    if found and not inside_word(text, found.end()) and _is_named(found["name"], found["kind"], text[found.end() :]):
        return text[found.end() :]
    some = compiled(_SOME).match(text)
    if some and not inside_word(text, some.end()):
        return text[some.end() :]
    return compiled(_TRADE).sub("", text, count=1)


def _is_named(name: str, kind: str, rest: str) -> bool:
    """Whether this is an organisation's name, not a kind of place that the object serves (智慧医院管理系统, 局部放电)."""
    if (not name and not re.match(r"公司|集团公司", kind)) or re.match(
        r"部|域|限|面|管理|内|用|级|端|专用|版|化|网(?!络)", rest
    ):
        return False
    if kind == "车间" and not re.search(r"[厂一二三四五六七八九十\d]$", name):
        return False
    if name.startswith("某") or _FIRM.search(kind):
        return len(name) >= 2 or name.startswith("某") or "公司" in kind
    if len(name) < 2 or re.search(r"中$", name):
        return False
    return bool(compiled(r"<asker.particular>").search(name)) or _leading_place(name) > 0


def _place(text: str) -> str:
    rest = text[_leading_place(text) :].removeprefix("中国")
    if rest == text or compiled(r"^<asker.organisation>").match(rest):
        return text
    return compiled(r"^<asker.local_trade>(?:<asker.organisation>)*").sub("", rest, count=1)


def _leading_place(text: str) -> int:
    """Return how many characters at the head of a text name a place."""
    wide = compiled(r"^<place.wide>").match(text)
    if wide:
        return wide.end()
    end = 0
    for word, tag in tagged(text[:16]):
        known = len(word) >= 2 and tag.startswith("n") and find_region(word) is not None
        if not known and not (end and word in "省市县区旗镇乡州"):
            break
        end += len(word)
    area = _AREA.match(text[:end])
    return area.end() if area else end
