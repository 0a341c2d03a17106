"""Names of firms: one form for comparing, and the known firm that a short form or a typo probably means."""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from matcher.assets import asset
from matcher.domain import Party

_NOISE = re.compile(r"[\s·•,，.。、\"“”'‘’\-—_]+")
_BRACKETS = re.compile(r"\(([^()]*)\)")
_FORM = re.compile(
    r"(?:股份有限责任公司|有限责任公司|股份有限公司|有限公司|股份公司|\(有限合伙\)|\(普通合伙\)|有限合伙|普通合伙"
    r"|控股集团|集团公司|总公司|公司|集团|控股|股份)+$"
)
_BRANCH = re.compile(r"(?:分公司|分行|支行|分院|分校|分部|办事处|代表处|事业部|分店|分厂)$")
_PLACE_SUFFIX = re.compile(r"(?<=..)(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|省|市|地区|区|县)$")
# 第一机床厂 and 第二机床厂 are two firms, not a typo.
_NUMBERS = re.compile(r"[0-9]+|[一二三四五六七八九十]+|[a-z]+")
_CANDIDATES = 50
_BLOCK_LIMIT = 500
_PARTIES = (
    (re.compile(r"(?:公司|厂|合伙\)?)$"), Party.ENTERPRISE),
    (re.compile(r"(?:大学|学院|学校)$"), Party.UNIVERSITY),
    (re.compile(r"(?:研究院|研究所|科学院|实验室|研究中心)$"), Party.INSTITUTE),
    (re.compile(r"(?:银行|分行|支行)$"), Party.FINANCE),
    (re.compile(r"(?:园区|科技园|产业园|孵化器|管委会|众创空间)$"), Party.PARK),
    (re.compile(r"(?:委员会|人民政府|[局委办厅])$"), Party.GOVERNMENT),
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A known firm that a name probably means: `score` in (0, 1], `reason` 简称 or 错字."""

    id: str
    name: str
    score: float
    reason: str


@lru_cache(maxsize=4096)
def normalise_name(name: str) -> str:
    """Return a name in half width and lower case, with one kind of bracket and without spaces and punctuation."""
    folded = unicodedata.normalize("NFKC", name).lower().translate(str.maketrans("【】〔〕[]", "()()()"))
    return _NOISE.sub("", folded)


def core_name(name: str) -> str:
    """Return what is particular about a name, without legal form and place: 北京华锐精密（集团）有限公司 → 华锐精密.

    A branch keeps its whole name, since it is not its parent.
    """
    return _split(name)[1]


def party_of(name: str) -> Party:
    """Return the kind of organisation a name speaks of; 企业 when it does not say."""
    plain = normalise_name(name)
    return next((party for pattern, party in _PARTIES if pattern.search(plain)), Party.ENTERPRISE)


class FirmNames:
    """Known names, blocked by character pairs so that a look-up touches a few dozen of them, not all."""

    def __init__(self, known: Iterable[tuple[str, str]]) -> None:
        self._firms: list[tuple[str, str]] = []
        self._blocks: dict[str, list[int]] = {}
        for id_, name in known:
            self.add(id_, name)

    def add(self, id_: str, name: str) -> None:
        """Make a name known."""
        for pair in _pairs(core_name(name)):
            self._blocks.setdefault(pair, []).append(len(self._firms))
        self._firms.append((id_, name))

    def nearest(self, name: str, *, own_id: str | None = None) -> Suggestion | None:
        """Return the known firm that a name most probably means, other than `own_id`; None when none is near enough.

        Two firms of different places are never taken for one.
        """
        best: Suggestion | None = None
        for index in self._candidates(core_name(name)):
            id_, known = self._firms[index]
            found = _compare(name, known) if id_ != own_id else None
            if found is not None and (best is None or found[0] > best.score):
                best = Suggestion(id_, known, *found)
        return best

    def _candidates(self, core: str) -> list[int]:
        shared: Counter[int] = Counter()
        for block in sorted((self._blocks.get(pair, []) for pair in set(_pairs(core))), key=len):
            if len(block) > _BLOCK_LIMIT and shared:
                break
            shared.update(block[:_BLOCK_LIMIT])
        return [index for index, _ in shared.most_common(_CANDIDATES)]


def _compare(name: str, known: str) -> tuple[float, str] | None:
    (place, core), (other_place, other) = _split(name), _split(known)
    if place and other_place and not (place.startswith(other_place) or other_place.startswith(place)):
        return None
    if core == other:
        return 1.0, "简称"
    if _NUMBERS.findall(core) != _NUMBERS.findall(other):
        return None
    whole = sorted((normalise_name(name), normalise_name(known)), key=len)
    if len(whole[0]) >= 4 and whole[1].startswith(whole[0]):
        return 0.9, "简称"
    short, long = sorted((core, other), key=len)
    if len(short) < 3:
        return None
    if long.startswith(short) and len(short) >= 4:
        return 0.9, "简称"
    edits = Levenshtein.distance(core, other, score_cutoff=2)
    if len(short) >= 4 and edits <= (1 if len(long) < 8 else 2):
        return 1 - edits / len(long), "错字"
    if short[:2] == long[:2] and len(long) <= 3 * len(short) and _within(short, long):
        return 0.7, "简称"
    return None


def _within(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)


def _pairs(core: str) -> list[str]:
    return [core[i : i + 2] for i in range(len(core) - 1)]


@lru_cache(maxsize=4096)
def _split(name: str) -> tuple[str, str]:
    """Return the place in front of (or in brackets inside) a name, and its core."""
    plain = normalise_name(name)
    if _BRANCH.search(plain):
        return "", plain
    bare = _FORM.sub("", plain) or plain
    place = "".join(inside for inside in _BRACKETS.findall(bare) if inside in _places())
    bare = _BRACKETS.sub(lambda match: "" if match[1] in _places() else match[1], bare)
    bare = _FORM.sub("", bare) or bare
    while (head := _leading_place(bare)) is not None:
        place += _PLACE_SUFFIX.sub("", head)
        bare = bare[len(head) :]
    return place, bare


def _leading_place(name: str) -> str | None:
    heads = (name[:length] for length in range(min(12, len(name) - 2), 1, -1))
    return next((head for head in heads if head in _places()), None)


@lru_cache(maxsize=1)
def _places() -> frozenset[str]:
    with asset("data", "taxonomy", "regions.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(row["name"], row["level"]) for row in csv.DictReader(lines)]
    full = {name for name, _ in rows if len(name) > 2}
    short = {_PLACE_SUFFIX.sub("", name) for name, level in rows if level in ("0", "1")}
    return frozenset(full | {name for name in short if len(name) >= 2})
