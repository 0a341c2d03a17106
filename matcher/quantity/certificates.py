"""Certificates, standards, licences and titles: which a request asks for, which an offer holds, and how they compare."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from matcher.assets import asset
from matcher.domain import Verdict
from matcher.quantity.base import Judgement, Statement
from matcher.quantity.patterns import Forms
from matcher.quantity.standing import Standing, standing
from matcher.quantity.wording import (
    Mention,
    Source,
    apart,
    around,
    is_demanded,
    is_owned,
    is_preferred,
    mentions,
    shared,
)

TOPICS: Mapping[str, str] = {"certificate": "认证与资质", "standard": "执行标准"}

_ONLY = "仅此"
_NUMBERED = "#standard"
_SCHEMES = "ISO/IEC|ISO/TS|ISO|IEC|IATF|GJB|GB/T|GB|AS|EN|API|OHSAS|SA|TL|NB/T|YY/T|YY|TSG|TS|AQAP|QJ|HB|JIS|DIN|ASTM|MIL-STD|VDA|T/[A-Z]{2,6}|DB\\d{2}/T"
_SUFFIX = (
    r"(?:(?:[、/和]|\s)?(?:汽车|行业|医疗器械|武器装备|国军标|军标|航空|航天|质量|环境|职业健康|安全|信息|能源|食品|服务|铁路){0,6}"
    r"(?:管理)?体系)?"
)
_STANDARD = (
    rf"(?<![A-Za-z])(?P<scheme>{_SCHEMES})(?![A-Za-z])[-\s]?(?P<number>\d{{2,6}}(?:\.\d{{1,6}}){{0,4}})(?P<letter>[A-Z](?![A-Za-z]))?"
    rf"(?:[-:](?:19|20)\d{{2}})?(?P<more>(?:[/、]\d{{4,5}}(?![\d.万吨千件元台套只年㎡])){{0,8}}){_SUFFIX}"
)
_BARE = r"(?<![\d.A-Za-z-])(?P<bare>{})(?:[:-]20\d\d)?(?=\s?(?:认证|体系|证书|质量管理|资质|双认证))"
_NAMELESS = re.compile(
    r"(?:体系|产品|质量|相关|相应|必要|有关|所需|第三方|权威|国际|资质|官方|多项|各类|国内外|行业|专业|实名|身份|客户|欧盟|出口|国家)?"
)
_SCOPE = re.compile(r"[\u4e00-\u9fff]+$")
_OTHER = re.compile(
    r"(?P<licence>[\u4e00-\u9fff]{2,14}(?:许可证|资格证书?|合格证|登记证|注册证|备案证|特许证|准入证))"
    r"|(?P<title>[\u4e00-\u9fff]{2,12}?(?:认证|业务资格|业务资质|经营资质|牌照|称号|资质(?!等级|齐|证明|要求|俱|完)))"
    r"|(?P<latin>(?<![A-Za-z\d])[A-Z][A-Za-z\d.\-]{1,11}(?=\s?(?:认证|资质|资格认可)))"
)
_OTHER_ENDS = re.compile(r"许可证|资格|合格证|登记证|注册证|备案证|特许证|准入证|认证|资质|牌照|称号")
_LEAD = re.compile(
    r"^.*(?:持有|具备|具有|取得|获得|办理|办有|拥有|须有|需有|应有|要有|提供|通过|齐全|要求|含有|必须|已获|已办|未办|没有|[有的获持须需无])"
)
_CLAIM = re.compile(
    r"^\s?\d{0,2}[\u4e00-\u9fff“”\"]{0,8}?(?:认证|证书|资质|体系|资格|许可|备案|认可|证(?!件)|标志|称号|企业)"
)
_ASKED = re.compile(r"须|需|要|应|持|具备|具有|通过|取得|获|有|为|限|符合|满足|达到|带|过")
_SERVICE = re.compile(
    r"编制|申报|代办|代理|咨询|辅导|办理|取证|培训|服务|机构|检测|测试|文件|报告|整改|申请|年审|方案|审核|评估|证书翻译|复审|换证"
)
_WORKED = re.compile(
    r"^\s?(?:[\u4e00-\u9fff]{0,4})?(?:认证)?(?:咨询|辅导|代办|技术文件|文件编制|申报|取证服务|认证服务|培训|认证机构|测试服务|检测服务|检测机构)"
)
_SOLE = re.compile(r"(?:仅|只|只是|唯一|目前只)(?:有|持有?|取得|获得?|通过|具备|做了?|办了?)[^，、]{0,4}$")
_CONFORM = re.compile(r"(?:符合|满足|执行|达到|遵循|采用|参照|按照?)[^，、]{0,6}$")
_CERTIFIED = re.compile(r"认证|证书|持|取得|获|资质|通过|体系|许可")


@dataclass(frozen=True, slots=True)
class _Table:
    forms: Forms
    standards: Mapping[str, str]
    numbers: Mapping[str, str]
    includes: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]
    valid_from: int


@lru_cache(maxsize=1)
def _table() -> _Table:
    with asset("data", "conditions", "certificates.toml").open("rb") as file:
        raw = tomllib.load(file)
    aliases = {alias: name for name, others in raw["standards"].items() for alias in others}
    numbers = {alias: name for alias, name in aliases.items() if alias.isdigit()}
    written = sorted((alias for alias in aliases if not alias.isdigit()), key=len, reverse=True)
    named = [
        (rf"(?<![A-Za-z\d])(?:{form})(?![A-Za-z\d])" if form[0].isascii() and form[0].isalnum() else form, name)
        for name, forms in raw["named"].items()
        for form in forms
    ]
    named.sort(key=lambda pair: -len(pair[0]))
    bare = _BARE.format("|".join(sorted(numbers, key=len, reverse=True))) + _SUFFIX
    groups, alias = "|".join(raw["groups"]), "|".join(map(re.escape, written))
    return _Table(
        forms=Forms.of([(_STANDARD, _NUMBERED), (bare, "#bare"), (groups, "#group"), (alias, "#alias"), *named]),
        standards=aliases,
        numbers=numbers,
        includes={name: tuple(others) for name, others in raw["includes"].items()},
        groups={name: tuple(others) for name, others in raw["groups"].items()},
        valid_from=raw["valid_from"],
    )


def demands(source: Source) -> Iterator[Statement]:
    """Yield the certificates a request asks for, one statement each, or one for a choice (A或B) with all its values."""
    for _, group in groupby(_named(source), key=lambda mention: (not mention.name, mention.run)):
        run = [mention for mention in group if _binding(source, mention)]
        if run and run[0].either:
            values = frozenset().union(*(_values(source, mention) for mention in run))
            yield _statement(source, run[0], run[-1].end, values)
        else:
            for mention in run:
                topic = "standard" if _conforms(mention) else "certificate"
                for value in sorted(_values(source, mention)):
                    yield _statement(source, mention, mention.end, frozenset({value}), topic=topic)


def states(source: Source) -> Iterator[Statement]:
    """Yield what an offer says of the certificates it names."""
    valid_from = _table().valid_from
    for mention in _named(source):
        said = standing(mention, valid_from=valid_from)
        conform = _conforms(mention)
        if mention.name == _NUMBERED:
            denied = said is Standing.DENIED
            yield _statement(source, mention, mention.end, _values(source, mention), topic="standard", denied=denied)
        sole = {_ONLY} if said is Standing.HELD and _SOLE.search(mention.before) else set()
        yield _statement(
            source,
            mention,
            mention.end,
            _values(source, mention) | sole,
            denied=said is Standing.DENIED,
            vague=said is Standing.VAGUE or (conform and said is Standing.HELD),
        )


@shared
def _named(source: Source) -> list[Mention]:
    listed = around(source, _table().forms.found(source.folded))
    others = mentions(source, _OTHER) if _OTHER_ENDS.search(source.folded) else ()
    return [*listed, *apart(others, listed)]


def _conforms(mention: Mention) -> bool:
    """Return whether a numbered standard is said to be kept to, not certified."""
    kept = mention.name == _NUMBERED and _CONFORM.search(mention.before)
    return bool(kept) and not _CERTIFIED.search(mention.after[:6])


def _statement(
    source: Source,
    mention: Mention,
    end: int,
    values: frozenset[str],
    *,
    topic: str = "certificate",
    denied: bool = False,
    vague: bool = False,
) -> Statement:
    first, last = mention.start, end
    if denied or vague:
        first, last = mention.start - len(mention.before.lstrip()), mention.end + len(mention.after)
    return Statement(topic=topic, span=source.span(first, last), values=values, denied=denied, vague=vague)


def _binding(source: Source, mention: Mention) -> bool:
    """Return whether a certificate in a request is asked of the other side, and is not itself the service sought."""
    if is_owned(source, mention.start) or is_preferred(mention) or _WORKED.match(mention.after):
        return False
    if re.search(r"(?:不要求|不需要?|无需|无须|不必|不限|没有|未|缺少?|没)[^，、]{0,4}$", mention.before):
        return False
    if not mention.name:
        return bool(_ASKED.search(mention.before + mention.match[0])) and bool(_values(source, mention))
    if not _ASKED.search(mention.before) and not _CLAIM.match(mention.after) and not _CLAIM.search(mention.match[0]):
        return False
    return not (_SERVICE.search(mention.after[:8]) and not is_demanded(mention))


def _values(source: Source, mention: Mention) -> frozenset[str]:
    match, table, words = mention.match, _table(), mention.match[0]
    match mention.name:
        case "":
            name = _other_name(match)
            return frozenset() if _NAMELESS.fullmatch(name) else frozenset([name])
        case "#standard":
            return frozenset(_standard_names(match))
        case "#bare":
            return frozenset({table.numbers[match["bare"]]})
        case "#group":
            return frozenset(table.groups[words])
        case "#alias":
            return frozenset({table.standards[words]})
        case "NADCAP":
            scope = _SCOPE.search(words)
            return frozenset({f"NADCAP {scope[0]}" if scope else "NADCAP"})
    return frozenset({mention.name})


def _other_name(match: re.Match[str]) -> str:
    """Return what a certificate that is not listed is called, without the verb before it."""
    if match["latin"]:
        return match["latin"].upper()
    words = match["licence"] or match["title"]
    name = _LEAD.sub("", words) or words
    if "级" in name:
        return ""
    return re.sub(r"(?:认证|业务资[格质]|经营资质|资质|牌照|称号)$", "", name)


def _standard_names(match: re.Match[str]) -> Iterator[str]:
    scheme = match["scheme"].upper().partition("/T")[0].replace("ISO/IEC", "ISO").replace("IEC", "ISO")
    first = match["number"]
    known = _table().numbers.get(first)
    if known and (scheme in ("ISO", "IATF", "GB", "OHSAS", "TS", "SA", "EN", "AS") or known.startswith(scheme)):
        yield known + (match["letter"] or "")
    else:
        yield f"{scheme} {first}{match['letter'] or ''}"
    for number in re.findall(r"\d+", match["more"]):
        yield _table().numbers.get(number, f"{scheme} {number}")


@lru_cache(maxsize=4096)
def _held(name: str) -> frozenset[str]:
    """Return all that a certificate proves: itself, its standard without a letter or scope, and what that includes."""
    plain = re.sub(r"(?<=\d)[A-Z]$", "", name)
    plain = "NADCAP" if name.startswith("NADCAP") else plain
    return frozenset({name, plain, *_table().includes.get(name, ()), *_table().includes.get(plain, ())})


def judge(requirement: Statement, stated: Sequence[Statement]) -> Judgement:
    """Return 满足 when one of the certificates asked for is held, 不满足 when each is said not to be."""
    outcomes = [(wanted, *_single(wanted, stated)) for wanted in sorted(requirement.values)]
    for _, outcome, proof in outcomes:
        if outcome is Verdict.MET:
            return Judgement(outcome=outcome, proof=proof)
    if all(outcome is Verdict.UNMET for _, outcome, _ in outcomes):
        return Judgement(outcome=Verdict.UNMET, proof=outcomes[0][2])
    return Judgement(outcome=Verdict.UNKNOWN)


def _single(wanted: str, stated: Sequence[Statement]) -> tuple[Verdict, Statement | None]:
    bearing = [each for each in stated if any(_proves(name, wanted) for name in each.values)]
    refused = [each for each in stated if each.denied and any(_lacks(name, wanted) for name in each.values)]
    held = [each for each in bearing if not each.denied and not each.vague]
    if held and not refused:
        return Verdict.MET, held[0]
    if refused and not held:
        return Verdict.UNMET, refused[0]
    sole = [each for each in stated if _ONLY in each.values]
    if sole and not bearing and not refused:
        return Verdict.UNMET, sole[0]
    return Verdict.UNKNOWN, None


def _proves(held: str, wanted: str) -> bool:
    """Return whether one certificate proves another: a listed one by its table, another by all the words of its name."""
    if wanted in _held(held):
        return True
    if wanted[0] < "一" or held[0] < "一":
        return False
    rest = iter(held)
    return held.startswith(wanted) or (
        len(wanted) > 3 and wanted[-1] == held[-1] and all(char in rest for char in wanted)
    )


def _lacks(denied: str, wanted: str) -> bool:
    """Return whether being without one certificate means being without another."""
    return denied in _held(wanted) or (denied[0] > "一" and len(denied) > 1 and wanted.startswith(denied))


def ask(requirement: Statement) -> str:
    """Return what to ask about a certificate."""
    names = " 或 ".join(sorted(requirement.values))
    return f"是否符合 {names}" if requirement.topic == "standard" else f"是否持有有效的 {names}"
