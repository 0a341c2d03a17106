"""The words that narrow what a quantity is of: a part of a property or workpiece, a role, a group, a head noun."""

import re

from matcher.quantity.measure_scan import Quantity, unbounded
from matcher.quantity.measure_table import area_words, edges, mark, one_of, part_words

_ASIDE = re.compile(r"[^\w+α-ω]+|\d+(?:\.\d+)?")
_SCOPES = frozenset({"per_floor", "roof", "total", "land"})
_ROLE = re.compile(
    r"经理|工程师|律师|讲师|专家|负责人|总工|教师|主管|师傅|会计师|设计师|建造师|厨师|司机|驾驶员|医师|护士|老师|骨干|主创"
    r"|班组长|培训师|咨询师|技师|评估师|造价师|总监|创始人|创始团队|高管|核心成员"
)
_SAMPLES = re.compile(r"打样|样品|样件|样板|手板|首样|快样")
_SERIES = re.compile(r"批量|量产|大货|批产|小批|订单")
STAFF = one_of(("全体员工", "员工", "在职", "职工", "从业人员", "总人数"))
GROUP = re.compile(r"[女男]性|研发|技术|一线|残疾|本科|硕士|博士|专职|持证|生产|管理|销售|高级|中级|大专")
_EQUITY = re.compile(r"股权|持股|占股|股比|股份|参股")
_PEOPLE_AFTER = re.compile(r"(?!以|及|的|，|在|可|为|能|且|即)([A-Za-z]*[\u4e00-\u9fff]{1,10})")


def last_of(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return the last match of `pattern` in `text`."""
    found = None
    for match in pattern.finditer(text):
        found = match
    return found


def person_of(folded: str, quantity: Quantity) -> str:
    """Return the role whose experience is meant (项目经理), if the sentence names one before the number or right after."""
    said = last_of(_ROLE, folded[quantity.sentence : quantity.start]) or _ROLE.search(quantity.after)
    return said[0] if said else ""


def of_samples(folded: str, quantity: Quantity) -> bool:
    """Return whether the sentence up to here speaks of samples alone (四层打样，五天内出货)."""
    said = folded[quantity.sentence : quantity.start]
    return bool(_SAMPLES.search(said)) and not _SERIES.search(said)


def part_of(folded: str, quantity: Quantity) -> str:
    """Return which part of a property an area is of, of the nearest word before it, in its sentence, or after it."""
    pattern, parts = area_words()
    own = [parts[m[0]] for m in pattern.finditer(quantity.before)]
    if not own:
        sentence = folded[quantity.sentence : quantity.start]
        own = [parts[m[0]] for m in pattern.finditer(sentence)][-1:]
    if not own and (match := pattern.match(quantity.after)):
        own = [parts[match[0]]]
    named = next((part for part in own if part in _SCOPES or part.startswith("clean_")), own[-1] if own else "")
    return "" if named == "neutral" else named


def role_of(quantity: Quantity) -> str:
    """Return whose number it is, from the words before it or right after: 员工 for the whole staff, else 电焊工, cisp."""
    after = _PEOPLE_AFTER.match(quantity.after)
    before = head_of(quantity.before)
    found = head_of(after[1]) if after and not before else before
    if STAFF.search(found) and not GROUP.search(found):
        return "员工"
    found = STAFF.sub("", found)
    return found.replace("持证", "") if re.search("[a-z]", found) else found


def parts_of(words: str) -> str:
    """Return the signs of the parts that `words` name, each once."""
    pattern, signs = part_words()
    return "".join(dict.fromkeys(signs[match[0]] for match in pattern.finditer(words)))


def head_of(words: str) -> str:
    """Return what is left of `words` without bounds, verbs and words that name nothing."""
    tail = words.rstrip(": ").rpartition(":")[2]
    left = mark("generic").sub("", _EQUITY.sub("股", _ASIDE.sub("", unbounded(tail)))).strip(edges())
    return left.lower()
