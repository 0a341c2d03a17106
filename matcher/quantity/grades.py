"""Grades on ordered scales (洁净度, 资质等级, 等保, IP, 防爆): the one asked for, the ones offered, and which is better."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from matcher.assets import asset
from matcher.domain import Verdict
from matcher.quantity.base import Judgement, Statement
from matcher.quantity.measure_table import one_of
from matcher.quantity.patterns import Forms, any_of
from matcher.quantity.standing import Standing, standing
from matcher.quantity.wording import Mention, Source, is_owned, is_preferred, mentions, shared

_IP = "ip"
_IP_FORM = re.compile(r"(?<![A-Za-z])IP\s?([0-6Xx])([0-9Xx])[KkXx]?(?![\d.])")
_DROP = re.compile(
    r"须|必|需要|需|要求|具备|具有|现有|持有|拥有|取得|通过|资质|资格|等级|证书|工程|施工|专业|行业|企业|单位|公司|机构|国家级?|证|级|及|以上|的|为|有|我方|我司|供方"
    r"|对方|承接方|承包方|壹|服务|技术|类|本|均|达到?|不低于|最高|含|或|持|是|中国|省|市(?!政)|提供|相应|相关|乙方|供应商|找|寻|求|采购|合作"
)
_WORDS = re.compile(r"[^\u4e00-\u9fffA-Za-z]")
_UPWARDS = re.compile(r"\s?(?:\(含\))?(?:及|或|和)?其?以上")
_UPGRADING = re.compile(
    r"[^，。;、]{0,6}?[特一二三四甲乙丙]级[^，。;、]{0,4}?(?:正在|申请|申报|办理|评审|整改|拟|计划|升级)|(?:正在|拟|计划)[^，。;、]{0,4}(?:升|晋|申)"
)
_BELOW = re.compile(r"^\s?(?:\(含\))?(?:及)?(?:以下|以内)")


@dataclass(frozen=True, slots=True)
class _Scale:
    """One row of `grades.toml`; the fields are described at its head."""

    name: str
    label: str
    pattern: re.Pattern[str]
    forms: tuple[str, ...]
    ranks: Mapping[str, int]
    near: re.Pattern[str] | None
    without: re.Pattern[str] | None
    exact: bool
    subject: bool


@lru_cache(maxsize=1)
def _scales() -> dict[str, _Scale]:
    with asset("data", "conditions", "grades.toml").open("rb") as file:
        raw = tomllib.load(file)
    return {
        name: _Scale(
            name=name,
            label=row["label"],
            pattern=any_of(forms := [form.replace("级@", rf"级(?:{_UPWARDS.pattern})?") for form in row["forms"]]),
            forms=tuple(forms),
            ranks={_plain(word): rank for rank, words in enumerate(row["ranks"]) for word in words},
            near=one_of(row["near"]) if "near" in row else None,
            without=one_of(row["without"]) if "without" in row else None,
            exact=row.get("exact", False),
            subject=row.get("subject", False),
        )
        for name, row in raw.items()
    }


def labels() -> dict[str, str]:
    """Return the Chinese name of every scale by topic."""
    return {_IP: "防护等级", **{name: scale.label for name, scale in _scales().items()}}


@dataclass(frozen=True, slots=True)
class _Graded:
    topic: str
    mention: Mention
    rank: float
    values: frozenset[str]


def demands(source: Source) -> Iterator[Statement]:
    """Yield the grades a request asks for; `low` is the rank on the scale, higher better."""
    for graded in _graded(source):
        mention = graded.mention
        if is_owned(source, mention.start) or is_preferred(mention) or _BELOW.match(mention.after):
            continue
        if re.search(r"(?:不要求|无需|不限|不是|非)[^，、]{0,4}$", mention.before):
            continue
        yield _statement(source, graded)


def states(source: Source) -> Iterator[Statement]:
    """Yield what an offer says of its grades."""
    for graded in _graded(source):
        said = standing(graded.mention, valid_from=0)
        yield _statement(source, graded, denied=said is Standing.DENIED, vague=said is Standing.VAGUE)
        if _UPGRADING.match(graded.mention.next):
            yield _statement(source, graded, vague=True)


def _statement(source: Source, graded: _Graded, *, denied: bool = False, vague: bool = False) -> Statement:
    mention = graded.mention
    start = mention.start - len(mention.before.lstrip()) if graded.topic in _scales() else mention.start
    end = mention.end + (suffix.end() if (suffix := _UPWARDS.match(mention.after)) else 0)
    return Statement(
        topic=graded.topic,
        span=source.span(start if mention.run >= 0 else mention.start, end),
        low=graded.rank,
        high=graded.rank,
        values=graded.values,
        denied=denied,
        vague=vague,
    )


@shared
def _graded(source: Source) -> Iterator[_Graded]:
    """Yield every grade of a text once, by the first scale that reads it."""
    for mention in mentions(source, _IP_FORM) if "IP" in source.folded else ():
        digits = mention.match[1] + mention.match[2]
        yield _Graded(_IP, mention, 0.0, frozenset({digits.upper()}))
    taken: set[int] = set()
    for scale in _spoken(source):
        for mention in mentions(source, scale.pattern):
            word = next((group for group in mention.match.groups() if group), mention.match[0])
            rank = scale.ranks.get(_plain(word))
            spot = range(*mention.match.span())
            if rank is None or not taken.isdisjoint(spot):
                continue
            if _fits(source, scale, mention):
                taken.update(spot)
                yield _Graded(scale.name, mention, float(rank), _subject(scale, mention))


def _spoken(source: Source) -> list[_Scale]:
    """Return the scales a text speaks of."""
    return [_scales()[name] for name in _forms().named(source.folded)]


@lru_cache(maxsize=1)
def _forms() -> Forms:
    return Forms.of((form, scale.name) for scale in _scales().values() for form in scale.forms)


def _fits(source: Source, scale: _Scale, mention: Mention) -> bool:
    if scale.near is None and scale.without is None:
        return True
    sentence = source.near(mention.start, mention.end)
    if scale.without and scale.without.search(sentence):
        return False
    return scale.near is None or bool(scale.near.search(sentence))


def _plain(word: str) -> str:
    return re.sub(r"[\s\-“”\"「」'《]|14644|(?i:class)", "", word).upper()


def _subject(scale: _Scale, mention: Mention) -> frozenset[str]:
    """Return the words that say of what a qualification is, as one value, empty where it does not."""
    if not scale.subject:
        return frozenset()
    after = re.match(r"[\u4e00-\u9fff]{0,12}", mention.after)
    words = _WORDS.sub("", _DROP.sub("", mention.before + "|" + (after[0] if after else "")))
    return frozenset({"".join(dict.fromkeys(words))}) if words else frozenset()


def judge(requirement: Statement, stated: Sequence[Statement]) -> Judgement:
    """Return 满足 when an offered grade is the one asked for or better, 不满足 when every one offered is lower."""
    outcomes = [(_compare(requirement, each), each) for each in stated]
    for outcome in (Verdict.MET, Verdict.UNKNOWN, Verdict.UNMET):
        for found, each in outcomes:
            if found is outcome:
                return Judgement(outcome=outcome, proof=None if outcome is Verdict.UNKNOWN else each)
    return Judgement(outcome=Verdict.UNKNOWN)


def _compare(requirement: Statement, stated: Statement) -> Verdict | None:
    if requirement.topic == _IP:
        enough = _tight(_only(stated), _only(requirement))
    elif not _same_subject(_only(requirement), _only(stated)):
        return None
    elif _scales()[requirement.topic].exact:
        enough = stated.low == requirement.low
    else:
        enough = stated.low >= requirement.low
    if stated.denied:
        return Verdict.UNMET if stated.low <= requirement.low else None
    if stated.vague:
        return Verdict.UNKNOWN
    return Verdict.MET if enough else Verdict.UNMET


def _only(statement: Statement) -> str:
    return next(iter(statement.values), "")


def _tight(offered: str, wanted: str) -> bool:
    """Return whether an IP code protects at least as well, digit by digit; X promises nothing."""
    return all(want == "X" or (have != "X" and have >= want) for have, want in zip(offered, wanted, strict=True))


def _same_subject(wanted: str, said: str) -> bool:
    first, second = set(wanted), set(said)
    return not wanted or not said or first <= second or second <= first


def ask(requirement: Statement) -> str:
    """Return what to ask about a grade."""
    return f"{labels()[requirement.topic]}是否达到“{requirement.span.text}”"
