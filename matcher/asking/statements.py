"""Clauses that ask without a verb of wanting: they state a work, a bond, a lack or a problem."""

from dataclasses import dataclass

from matcher.asking.clauses import REASON
from matcher.asking.partner import bond
from matcher.asking.phrase import trim
from matcher.asking.subject import told_of
from matcher.asking.words import compiled, inside_word

_TOGETHER = (
    r"(?:(?:与|和|同|跟|找|寻|寻求|寻找|联合)[^，。]{1,24}?)?<seek.together>(?:进行|开展)?<seek.work>"
    r"(?![与和及、]|的?<supplier.nouns>|$)(?P<object>.{2,})$"
)
_HANDOVER = (
    r"^<asker.self>?现?<seek.held>(?P<object>.{2,60}?)<seek.handing>*<seek.handover>(?:出去|加工|生产|给.{0,10})?$"
)
_REPLACED = (
    r"(?:<seek.modal>|[需要])+(?:把|将)(?P<old>[^，。]{2,30}?)(?:替换|更换|换)(?:成|为)"
    r"(?:(?P<how>(?:<supplier.quality>|进口|便宜|好|更好|其他|别)的)|(?P<new>[^，。]{2,30}))$"
)
_DEMAND = r"(?:对|对于|关于)(?P<object>.{2,40}?)的?<seek.demand>.{0,12}$"
_GAP = (
    r"^(?P<object>.{2,40}?)(?:的?<seek.demand>(?:较|很|非常|比较|一直|持续|明显|逐年|不断)?<seek.rising>|<seek.short>)$"
)
_WORRY = (
    r"(?:正在?|一直|目前|还在|都)*[为因](?P<object>[^，。]{2,40}?)的?(?:<seek.short>|供应|供货|货源|来源|采购|交期|质量|成本|价格)"
    r"(?:不足|不稳|不稳定|问题|紧张|太贵)*(?:而)?(?:发愁|犯愁|头疼|头痛|苦恼|着急|担忧|困扰|伤脑筋)$"
)
_WILLING = (
    r"^(?:凡|各)?(?:有意向?|愿意?|能够?|可以?)(?:为|向|给)[^，。]{2,24}?<supplier.doing>(?P<object>[^，。]{2,40}?)的"
    r"(?:各)?<supplier.nouns>(?:<supplier.after>)*$"
)
_DOMESTIC = r"(?:考虑|寻求|打算|计划|拟|想|要|需要?|急需|推进)(?:进行|实现|做)?(?:国产化?(?:替代|替换)|国产化|进口替代|替代(?:方案|品|供应商))$"
_TROUBLE = r"<seek.met>了?(?P<object>.{3,60}?)[的等]*<context.problem>$"
_EFFORT = r"^(?:组织|联合)?(?:开展|进行|实施|推进)(?P<object>.{6,}?)的?(?:攻关|工作)?$"


@dataclass(frozen=True, slots=True)
class Found:
    """An object in a clause. Higher `rank` is surer.

    `text` is empty when the clause asks for what another clause names; `otherwise` is the object when none does.
    """

    text: str
    rank: int
    otherwise: str = ""


def joint(text: str) -> Found | None:
    """Return the work to be done together with a partner: 与高校合作开发 X."""
    found = compiled(_TOGETHER).search(text)
    return Found(trim(found["object"]), 4) if found else None


def partnered(text: str) -> Found | None:
    """Return what a firm makes with which a bond is wished; empty when another clause names it."""
    found = bond(text)
    return Found(found.thing, (4 if found.thing else 3) if found.plain else 1) if found else None


def replaced(text: str) -> Found | None:
    """Return Y of 把 X 换成 Y, or X when Y is only how the new one is: 国产的."""
    found = compiled(_REPLACED).search(text)
    if not found:
        return None
    return Found(trim(found["old"] if found["how"] else found["new"]), 4)


def handed_over(text: str) -> Found | None:
    """Return the work to be handed over: 现有 X 需外协."""
    found = compiled(_HANDOVER).match(text)
    return Found(trim(found["object"]), 4) if found and not inside_word(text, found.start("object")) else None


def demanded(text: str) -> Found | None:
    """Return what is said to be in demand or short: X 用量大, X 断货."""
    found = compiled(_DEMAND).search(text) or compiled(_GAP).match(text)
    if not found or compiled(REASON).match(text):
        return None
    return Found((found.re is compiled(_GAP) and told_of(text)) or trim(found["object"]), 3)


def worried(text: str) -> Found | None:
    """Return what a firm worries about: 正为 X 的供应问题发愁."""
    found = compiled(_WORRY).search(text)
    return Found(trim(found["object"]), 3) if found else None


def willing(text: str) -> Found | None:
    """Return what those who are called upon deliver: 有意为某厂供应 X 的单位."""
    found = compiled(_WILLING).match(text)
    return Found(trim(found["object"]), 4) if found else None


def domestic(text: str) -> Found | None:
    """Return the wish for a domestic substitute of what another clause names."""
    return Found("", 3) if compiled(_DOMESTIC).search(text) else None


def troubled(text: str) -> Found | None:
    """Return a problem that the asker has met."""
    found = compiled(_TROUBLE).search(text)
    return Found(trim(found["object"]), 2) if found else None


def put_forward(text: str) -> Found | None:
    """Return a piece of work under an empty verb: 开展 X 技术攻关."""
    found = compiled(_EFFORT).match(text)
    return Found(trim(found["object"]), 1) if found else None
