"""The object that a clause names: after a verb of wanting, before one, in a question, in a notice's title."""

import re
from functools import lru_cache

from matcher.asking.clauses import CLAUSE_LIMIT, Clause, Role, is_reason, label_of, role
from matcher.asking.crowd import asked_of_all, sourced, without_contact
from matcher.asking.describe import use_end
from matcher.asking.notice import notice_object, peel, without_asker
from matcher.asking.phrase import supplier_only, trim
from matcher.asking.statements import (
    Found,
    demanded,
    domestic,
    handed_over,
    joint,
    partnered,
    put_forward,
    replaced,
    troubled,
    willing,
    worried,
)
from matcher.asking.words import compiled, inside_word

_MODAL = r"(?:<seek.modal>|[，,]?\s*)*"
_NOUN = (
    r"(?!<seek.noun_tail+seek.noun_tail_re>|的|者|(?<=[制做])化(?![学工肥妆纤])|中(?!高|低|小|空|厚|密|试|间|频|压|温))"
)
_ANY = rf"(?:<seek.pure>(?![的者量])|<seek.nominal+seek.weak>{_NOUN}|<seek.single_re>(?![的者]))"
_FREE = (
    rf"(?:<seek.pure>(?![的者量])|<seek.nominal>{_NOUN}|[求寻招找征](?=[^，。]{{0,8}}<supplier.nouns>$)"
    r"|诚邀(?=[^，。各]{2,20}<supplier.nouns>$))"
)
_SUBJECT = r"(?:<asker.self>|[^，。]{0,12}?(?:公司|集团|厂|医院|学校|车间|部门|大学|学院|单位|局|馆|所|中心|我们|我司))"
_CUE = (
    rf"(?:^{_SUBJECT}?{_MODAL}(?P<first>{_ANY})|(?:<seek.modal>|需要?|要)(?P<second>{_ANY})|(?P<third>{_FREE})"
    r"|<seek.modal>(?P<whose><seek.nominal>(?!意见|建议|需求|信息)(?=[^，。]{2,20}<supplier.nouns>$))"
    r"|(?<![a-z])(?P<fourth><seek.english>)(?![a-z\-])(?:\s+(?:a|an|the|some|for|to)(?![a-z]))*"
    r"(?:\s*(?:reliable|good)?\s*(?:suppliers?|manufacturers?|vendors?|factory) (?:of|for))?)"
)
_NEXT = rf"{_MODAL}(?P<verb>{_ANY})"
_AFTER_CUE = re.compile(r"(?:到|的是|一下)?[】\])）：:\s]*")
_UPON = (
    r"(?:拟|需|计划|将|欲|准备|现|要)要?(?:就|对|针对)(?P<object>.{2,80}?)"
    r"(?:进行(?P<way>.{2,20})|<seek.publicly>*(?:招标|采购|询价|比选|<seek.call>.{0,12}))$"
)
_ASK = (
    r"(?:[\u4e00-\u9fff]{0,6}?<question.near>)?<question.who>(?:<supplier.nouns>|<question.between>)*"
    r"<question.can>*(?:稳定|长期|批量)*<question.do>?<question.closing>?(?:这种|这类|这个|一下)?"
)
_ANSWER_ONLY = (
    r"^(?:能|可以|可|有|会)?(?:<question.do>|<supplier.nouns>)*(?:到|得了)?的?"
    r"(?:<question.particle>|<question.remark>|\s)*$"
)
_CASE = (
    r"^(?:[^，。]{0,10}?(?:公司|集团|厂|部门|单位))?<place.scope>*(?:\d+|[一二三四五六七八九十两]+)"
    r"(?:处|个|座|台|套|栋|条)(?=..)|^(?!内|的)<place.scope>(?=..)"
)
# 我是 X 厂的采购: a person's post, not a purchase.
_POST = r"^<asker.self>?是.{2,24}(?:采购|业务|销售|老板|负责人|经理|厂长|主管)(?:员|经理|主管|部)?的?$"
_ASKER = r"^<asker.self>|^<asker.doing_re>|(?:<asker.organisation>|<asker.ending>)$"


@lru_cache(maxsize=4096)
def object_in(clause: Clause) -> Found | None:
    """Return what a clause asks for; None when it asks for nothing."""
    if len(clause.text) > CLAUSE_LIMIT or compiled(_POST).match(clause.text):
        return None
    label, value = label_of(clause)
    if label:
        return _field(label, value)
    text = compiled(r"^(?:<context.tie_re>)[，,]?(?=..)").sub("", without_contact(clause.text), count=1)
    first = _crowd(clause.text) or next((found for reader in _READERS if (found := reader(text))), None)
    return first or partnered(clause.text)


def _field(label: str, value: str) -> Found | None:
    """Return the object of a form field, by what its label says."""
    rank = 0
    if compiled(r"^(?:<label.product>)$").match(label):
        rank = 6
    elif compiled(r"^(?:<label.context>|<label.spec>)$").match(label):
        return None
    elif compiled(r"^(?:<label.object>)$").match(label):
        rank = 5
    elif compiled(
        r"(?:需求|求购|采购|难题)(?:名称|内容|描述|标题|题目|<describe.role+describe.part>)?(?:为|是)?$"
    ).search(label):
        rank = 4
    elif _asks_only(label):
        rank = 5
    inner = next((found for reader in _READERS if (found := reader(value))), None)
    if inner and inner.text:
        topic = "" if rank or not _is_topic(label) else label + "："
        return Found(topic + inner.text, max(rank, inner.rank))
    text = "" if role(Clause(value, "")) is Role.ASKER else trim(value)
    return Found(text, rank) if rank and text else None


def _asks_only(label: str) -> bool:
    """Whether a label is a verb of wanting, or one with whoever is to deliver: 急求, 寻求供应商."""
    if compiled(rf"^{_MODAL}(?:{_ANY})+$").match(label):
        return True
    found = compiled(rf"^{_MODAL}(?:<seek.pure>|[求寻找])").match(label)
    return bool(found and supplier_only(label[found.end() :]))


def _is_topic(label: str) -> bool:
    """Whether a label that no list knows says what the field is about: 网关加TSN功能：找调度算法."""
    if compiled(r"^(?:请教|请问|问下|问一下|求助)|(?:各位|大家|老板们?|同行们?)$").search(label):
        return False
    return len(label) >= 4 and not is_asker(label) and not compiled(r"<seek.pure>").search(label)


def is_asker(text: str) -> bool:
    """Whether a phrase names who asks rather than a thing."""
    return not use_end(text) and bool(compiled(_ASKER).search(text) or without_asker(text + "采购物") == "采购物")


def _notice(text: str) -> Found | None:
    """A title that ends in wrapper words: …采购项目招标公告."""
    if compiled(r"^[【\[]?(?:<seek.pure+seek.nominal>|采购|购置|求购)(?!.*(?:公告|公示|通告|函|项目|意见))").match(
        text
    ):
        return None
    core = notice_object(text)
    if core is None:
        return None
    inner = _upon(core) or _upon(text)
    return Found(inner.text if inner and inner.text else _case(trim(core)) or core, 5)


def _crowd(text: str) -> Found | None:
    """A question to whoever reads it: 有做 X 的吗; 有货的联系 asks for what another clause names."""
    asked = asked_of_all(text)
    return None if asked is None else Found("" if supplier_only(asked) else trim(asked), 4 if asked else 3)


def _sourcing(text: str) -> Found | None:
    """The work of finding who supplies X: X 供应商寻源."""
    found = sourced(text)
    return Found(trim(without_asker(found)), 4) if found else None


def _upon(text: str) -> Found | None:
    """拟对 X 进行 Y: X 进行 Y is sought, X alone when Y is only how it is bought."""
    found = compiled(_UPON).search(text)
    if not found:
        return None
    bought = not found["way"] or compiled(r"^(?:<seek.procedure>)$").match(found["way"])
    if bought:
        return Found(trim(without_asker(peel(found["object"])[0])), 4)
    return Found(_case(text[found.start("object") :]), 4)


def _case(text: str) -> str:
    return compiled(_CASE).sub("", text, count=1)


def _dated(text: str) -> Found | None:
    """A title that opens with a year, as plans and notices do."""
    if not re.match(r"20\d\d[-—~至]?(?:20\d\d)?年", text):
        return None
    core = without_asker(peel(text)[0])
    return Found(core, 2) if core != text else None


def _question(text: str) -> Found | None:
    found = compiled(_ASK).search(text)
    if not found or not compiled(r"<question.do>|<supplier.nouns>|推荐|卖|有|好").search(text[found.start() :]):
        return None
    after, before = text[found.end() :], text[: found.start()]
    if compiled(_ANSWER_ONLY).match(after):
        return Found(_subject(before), 4)
    return Found(
        trim(
            compiled(r"^(?:的|到)|(?:的)?(?:吗|么|嘛|啊|呀|呢|吧|哦|[，,\s]*急|(?<!外)卖|出售|好|便宜|靠谱)+$").sub(
                "", after
            )
        ),
        4,
    )


def _wanted(text: str) -> Found | None:
    """The object after a verb of wanting, or before it when only a supplier follows."""
    start = use_end(text)
    cues = compiled(_CUE).finditer(text)
    found = next((cue for cue in cues if cue.end() > start and _is_verb(text, cue)), None)
    if not found or is_reason(text):
        return None
    group = found.lastgroup or ""
    end = found.end() if group == "fourth" else _chain_end(text, found.end(group))
    rank = 3 if group == "first" and not compiled(r"<seek.pure+seek.nominal>").match(found[group]) else 4
    rest = text[end:]
    inner = _inside(rest)
    if inner:
        return Found(inner, rank)
    if not supplier_only(rest) and (thing := trim(rest)):
        return Found(thing, rank)
    return Found(
        _subject(text[: found.start()] if group != "first" else ""),
        rank,
        "" if rest.strip()[:1] in "（(" else trim(rest),
    )


def _is_verb(text: str, cue: re.Match[str]) -> bool:
    """Whether a cue is a word of its own: not the 求 of 需求, the 招 of 招标代理, the 外包 of 外包装."""
    group = cue.lastgroup or ""
    if group == "second" and inside_word(text, cue.start()):
        return False
    return group == "fourth" or _is_word(text, cue[group], cue.end(group))


def _is_word(text: str, verb: str, end: int) -> bool:
    """Whether a verb of two characters ends where a word ends; the lists themselves guard the others."""
    return len(verb) == 1 or bool(compiled(r"<seek.pure>").match(verb)) or not inside_word(text, end)


def _chain_end(text: str, end: int) -> int:
    """Return where the verbs that follow one another end: 急需|采购, but 急需|开发板."""
    while (found := compiled(_NEXT).match(text, end)) and _is_word(text, found["verb"], found.end()):
        if compiled(r"[\u4e00-\u9fff](?:[和与及、，\s]|$)").match(text, found.end()):
            break
        end = found.end()
    return _AFTER_CUE.match(text, end).end()  # type: ignore[union-attr]


def _inside(rest: str) -> str:
    """Return the object when what follows a verb of wanting is itself a request: 供应商，… or 一起开发 X."""
    nested = joint(rest)
    return nested.text if nested else ""


def _subject(before: str) -> str:
    """Return the object that stands before the verb: 蓝宝石衬底片招募供货方."""
    text = compiled(r"(?:<seek.modal>|公开|[，,\s：:])*$").sub("", before)
    text = compiled(r"^(?:<context.filler>|各位.{0,4}|[，,\s])*").sub("", text)
    text = compiled(r"^(?:<asker.self>)").sub("", text)
    return "" if supplier_only(text) else trim(text)


_READERS = (
    _sourcing,
    _notice,
    _upon,
    joint,
    replaced,
    handed_over,
    _crowd,
    _question,
    partnered,
    _wanted,
    demanded,
    worried,
    willing,
    domestic,
    troubled,
    put_forward,
    _dated,
)
