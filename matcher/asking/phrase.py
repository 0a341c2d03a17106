"""An object phrase trimmed of amounts, of who is to deliver it, and of the words that lead up to it."""

import re

from matcher.asking.describe import client, use_end, without_role
from matcher.asking.words import compiled, inside_word

_EDGE = " \t，,、。；;：:！!？?～~·|_-—–"
_NUMBER = (
    r"(?:约|大概|大约|近|共|共计|总计|合计|数量|各)*"
    r"(?:\d[\d,.]*(?:[-~—至到]\d[\d,.]*)?[多余来几]?[万亿千百]?"
    r"|[一二两三四五六七八九十百千万半]{1,5}[多余来几]?|若干|[数几][十百千万]?|上[百千万]|多(?=[台套批辆种款只艘家](?![晶元样具])))"
)
_COUNT_HEAD = rf"^{_NUMBER}\s*<measure.count>(?!机|式|装|型|级|料|次(?!品)|规格|型号)(?:(?<![a-z])|(?![a-z]))(?:左右|以上|的)?\s*(?=[^\s的])"
_MASS_HEAD = rf"^{_NUMBER}\s*<measure.mass>(?:左右|上下|以上|以内)的"
_ABOUT_HEAD = r"^(?:[一二两三四五六七八九][二三四五六七八九]|[几数]十?[百千万]?|十[几来多])[多来]?<measure.mass>(?![a-z])(?=\S{2})"
_VAGUE_HEAD = r"^<measure.vague>的?(?!试制|生产|加工|制造|打样|定制|注塑)(?=\S{2})"
_AMOUNT = rf"{_NUMBER}\s*(?:<measure.mass>|<measure.count>)(?:左右|以上|上下|以内)?"
_MASS_TAIL = rf"\s*[(（][^()（）]{{0,6}}{_AMOUNT}[)）]$|[\s，,]*{_AMOUNT}$"
_LEAD = (
    r"^(?:.{0,20}?<supplier.nouns>\s+(?:of|for)\s+|<asker.self>(?:的|们|里)?(?=[^\s]{2})|做(?=[^\s]{3})|[个家位](?:能|会|可以)?<supplier.doing>(?=.{2})|个(?![人体股性案别])(?=\S{2})"
    r"|<context.lead+context.lead_re>(?=..)|<context.filler>[\s，,]*|[【\[]<label.mark>[】\]])"
)
_PARTICLE = (
    r"(?:\s+for (?:[a-z ]+|(?:our|my|use in|making)\b.*)|的|(?<=..)现货|(?:的)?(?:<question.particle>|一事|事宜))$"
)
_PROBLEM = r"(?:的|等|这一|这类|方面的)*<context.problem>$"
# 能做 X 的厂家: what is sought stands between.
_ABLE = (
    r"^(?:国内|本地|有没有|一家|几家|多家)?(?:能够?|可以?|会|可)?<supplier.supply>*(?:批量)?<supplier.doing>"
    r"(?P<object>.{2,60}?)的[^的]{0,6}<supplier.nouns>$"
)
_HAVING = r"^(?:具备|具有|拥有|有)(?P<object>.{1,40}?)(?:的)?(?:生产|加工|制造|供货)?<supplier.having>(?:的|且)"
_ABLE_HEAD = r"^(?:能够?|可以?|会)<supplier.supply>*(?:供货|供应|提供|生产|制造|配套|合作|交付|出货|到货)的?(?=..)"
_QUALITY_HEAD = r"^<supplier.quality>{1,2}的(?=..)"
_GENERIC = r"^<supplier.generic>*$"
_SUPPLIER_TAIL = (
    r"(?:的|\s)*(?:<supplier.quality>(?:的|\s)*){0,3}<supplier.made>?(?!(?<=[代加])工厂)<supplier.nouns>"
    r"(?:(?:前来|来|能|可|共同|一起|进行|给)*<supplier.after>)*$"
)
_MANNER_HEAD = r"^<supplier.manner>{1,2}(?=.{2})"
_NOBODY = r"^(?:.{0,12}的)?(?:<supplier.trade>|<supplier.quality>|<supplier.generic>|<supplier.made>)*$"
_AFTER_TAIL = r"的(?:稳定|长期)?(?:合作|供应|供货|货源)$"
# 一家, 各位介绍: an asker's words for somebody.
_SOME = (
    r"另?外?[一二两三四五几数多]*[家个位](?:[新别]的?|其[他它]的?|<supplier.quality>的?)*|<supplier.quality>的?"
    r"|(?:<context.address>)*(?:帮忙|帮)?(?:推荐|介绍|支招|指点|牵线|帮忙)(?:一下|下)?"
)
# 驻厂, 到…工厂: a place of work, not who delivers.
_AT_SITE = re.compile(r"[到驻进赴下][\u4e00-\u9fff]{0,4}(?:厂|工厂|公司|企业|单位).{0,4}$")


def trim(phrase: str) -> str:
    """Return the object of a phrase, a stretch of it, empty when it names only who is to deliver."""
    before = None
    text = _unwrap(phrase.strip(_EDGE).lstrip("】])）"))
    named = client(text)
    if named and not supplier_only(named):
        return named
    while text != before:
        before = text
        text = _tail(_head(text)).strip(_EDGE)
        text = without_role(text) if text == before else text
    return "" if compiled(_SOME).fullmatch(text) else text


def _unwrap(text: str) -> str:
    found = compiled(_ABLE).match(text)
    if found:
        return found["object"]
    having = compiled(_HAVING).match(text)
    if having and inside_word(text, having.start("object")):
        return text
    if having and not supplier_only(text[having.end() :]):
        return text[having.end() :]
    if having and not compiled(_GENERIC).match(having["object"]):
        return having["object"]
    return text[having.end() :] if having else text


def _head(text: str) -> str:
    for pattern in (_COUNT_HEAD, _MASS_HEAD, _ABOUT_HEAD, _VAGUE_HEAD, _ABLE_HEAD, _QUALITY_HEAD):
        text = compiled(pattern).sub("", text, count=1).lstrip(_EDGE)
    lead = compiled(_LEAD).match(text)
    if lead and not use_end(text) and not inside_word(text, lead.end()):
        return text[lead.end() :].lstrip(_EDGE)
    return text


def _tail(text: str) -> str:
    text = compiled(_PARTICLE).sub("", text)
    amount = compiled(_MASS_TAIL).search(text)
    if amount and amount.start():
        text = text[: amount.start()].rstrip(_EDGE)
    text = compiled(_PROBLEM).sub("", text)
    return without_supplier(text)


def without_supplier(text: str) -> str:
    """Return `text` without who is to deliver at its end: X的稳定供应商 → X, 来料加工厂 → 来料加工."""
    found = compiled(_SUPPLIER_TAIL).search(text)
    kept = (
        compiled(_MANNER_HEAD).sub("", text[: found.start()])
        if found and not _AT_SITE.search(text)
        else compiled(_AFTER_TAIL).sub("", text)
    )
    return re.sub(r"(?<=服务)商$", "", kept)


def supplier_only(text: str) -> bool:
    """Whether a phrase names nobody but who is to deliver: 具备资质的检测机构, 合作伙伴, nothing."""
    text = re.sub(r"[（(][^（）()]*[）)]$", "", text.strip(_EDGE)).strip(_EDGE)
    if not text or compiled(_SOME).fullmatch(text):
        return True
    left = without_supplier(text)
    return left != text and bool(compiled(_NOBODY).match(left))
