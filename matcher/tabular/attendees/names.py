"""Names of participants as others write them: short forms, typing errors, and several in one cell."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from matcher.firmname import FirmNames, core_name, normalise_name
from matcher.tabular.attendees.columns import words
from matcher.tabular.split import split_numbered
from matcher.tabular.values import read_list

_WEAK = re.compile(r"\s*(?:和|及|与|以及|跟|/|／|\||\+|\s)\s*")
_LEAD = re.compile(r"^(?:\(?\d{1,2}\)?[.、．)）:：]\s*|[①-⑳]\s*|[-*•·]\s*)")
_TAIL = re.compile(r"(?:等(?:企业|公司|单位|厂商)?|之一|\d+家)$")
_BRACKETS = re.compile(r"\s*[（(【\[][^（()）【】\[\]]*[）)】\]]\s*$")
_LEGAL = re.compile(
    r"(?:公司|厂|店|院|所|中心|大学|学校|银行|社|部|局|委|会|合伙|园|场|站|ltd|inc|llc|gmbh)(?:\([^()]*\))?\)?$"
)
MOST_GUESSES = 20_000
_CHARS = 100
_LONGEST_JOIN = 3
_LONGER = 2
_WEAK_CUTS = 4
_NEAR = 45
_SHOWN = 3
_NEARBY = 200


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a name means: `ids` holds one when it is sure, several when it fits all of them, none when nobody.

    `how` is 全称, 简称 (its beginning or its core), 缩写 (some of its characters) or 错字 (or 近似, with no
    ids, where the text goes on after a name); `near` are the names that come closest, best first.
    """

    text: str
    ids: tuple[str, ...] = ()
    how: str = ""
    near: tuple[str, ...] = ()

    @property
    def only(self) -> str | None:
        """The one that the name means, None when it is none or not sure."""
        return self.ids[0] if len(self.ids) == 1 else None


class Names:
    """Known names with what they are called for short, blocked by characters so that a look-up touches few of them.

    `guesses` counts the names that took a search for near spellings; after 20,000 no more are searched.
    """

    def __init__(self, known: Iterable[tuple[str, str]], short: Iterable[tuple[str, str]] = ()) -> None:
        self._names: dict[str, str] = {}
        self._exact: dict[str, set[str]] = defaultdict(set)
        self._core: dict[str, set[str]] = defaultdict(set)
        self._holding: dict[str, set[str]] = defaultdict(set)
        for id_, name in known:
            self._names.setdefault(id_, name)
            self._exact[normalise_name(name)].add(id_)
            self._core[core_name(name)].add(id_)
            for letter in set(normalise_name(name)):
                self._holding[letter].add(id_)
        for id_, name in short:
            self._exact[normalise_name(name)].add(id_)
        self._cores = {id_: core_name(name) for id_, name in self._names.items()}
        self._firms = FirmNames(self._names.items())
        self.guesses = 0
        self.find = lru_cache(maxsize=65536)(self._find)

    def name(self, id_: str) -> str:
        """Return the full name of an id."""
        return self._names[id_]

    def exact(self, text: str) -> Found | None:
        """Return whom a text is the full or declared short name of, None when it is nobody's."""
        ids = self._exact.get(normalise_name(text))
        return self._found(text, ids, "全称") if ids else None

    def _find(self, text: str) -> Found:
        """Return whom a name means: by full name, then without legal form and place, as a part, then as a near spelling."""
        found = self.exact(text)
        if found is not None or len(text) > _CHARS:
            return found or Found(text)
        ids = self._alike(text) | self._inside(text)
        if not ids and (ids := self._abbreviated(text)):
            return self._found(text, ids, "缩写")
        if ids:
            plain = normalise_name(text)
            starts = any(plain.startswith(form) or form.startswith(plain) for form in map(self._cores.__getitem__, ids))
            return self._found(text, ids, "简称" if starts or len(plain) > 2 else "缩写")
        if self.guesses >= MOST_GUESSES:
            return Found(text)
        self.guesses += 1
        best = self._firms.nearest(text)
        if best is None:
            return Found(text, near=self._near(text))
        if is_short(best.name) and normalise_name(best.name) in normalise_name(text):
            return self._found(text, {best.id}, "缩写")
        if len(core_name(text)) >= len(core_name(best.name)) + _LONGER:
            return Found(text, how="近似", near=(best.name,))
        second = self._firms.nearest(text, own_id=best.id)
        pair = {best.id} | ({second.id} if second and second.score >= best.score else set())
        return self._found(text, pair, best.reason)

    def _found(self, text: str, ids: Iterable[str], how: str) -> Found:
        ordered = tuple(sorted(ids, key=lambda id_: (self._names[id_], id_)))
        return Found(text, ordered, how, tuple(self._names[id_] for id_ in ordered))

    def _alike(self, text: str) -> set[str]:
        """Return those of the same name apart from legal form and place, where the places agree."""
        same = self._core.get(core_name(text), set())
        return {id_ for id_ in same if FirmNames([(id_, self._names[id_])]).nearest(text) is not None}

    def _inside(self, text: str) -> set[str]:
        """Return those whose full name holds the text, in one piece."""
        plain = normalise_name(text)
        if len(plain) < 2:
            return set()
        return {id_ for id_ in self._with_letters(plain) if plain in normalise_name(self._names[id_])}

    def _abbreviated(self, text: str) -> set[str]:
        """Return those whose name, or its core, starts with the text's first character and holds the others in order."""
        plain = normalise_name(text)
        if not 2 <= len(plain) <= 5:
            return set()
        candidates = ((id_, self._names[id_]) for id_ in self._with_letters(plain))
        return {
            id_
            for id_, name in candidates
            if any(
                form.startswith(plain[0]) and _in_order(plain, form)
                for form in (normalise_name(name), self._cores[id_])
            )
        }

    def _with_letters(self, plain: str) -> set[str]:
        holders = sorted((self._holding.get(letter, set()) for letter in set(plain)), key=len)
        return set.intersection(*holders) if holders else set()

    def _near(self, text: str) -> tuple[str, ...]:
        plain = normalise_name(text)
        rare = sorted((self._holding.get(letter, set()) for letter in set(plain)), key=len)
        nearby: set[str] = set()
        for holders in rare:
            if holders and len(nearby) + len(holders) > _NEARBY and nearby:
                break
            nearby |= holders
        cores = {id_: self._cores[id_] for id_ in sorted(nearby)[: 2 * _NEARBY]}
        hits = process.extract(core_name(text), cores, scorer=fuzz.ratio, score_cutoff=_NEAR, limit=_SHOWN)
        return tuple(self._names[hit[2]] for hit in hits)

    def in_cell(self, text: str) -> tuple[Found, ...]:
        """Return whom the names in a cell mean, in order and without repeats; 无, 不限 and the like name nobody.

        Cut at 、，,；; and line breaks outside brackets, and at 和, 及, 与, / and spaces unless a name holds them.
        """
        whole = self.exact(text)
        if whole is not None:
            return (whole,)
        pieces = [_cleaned(piece) for item in split_numbered(text) for piece in read_list(item)]
        named = [
            piece for piece in pieces if piece and not piece.isdigit() and not words("words").has("nothing", piece)
        ]
        return tuple(dict.fromkeys(found for joined in self._joined(named) for found in self._cut(joined)))

    def _joined(self, pieces: list[str]) -> Iterator[str]:
        """Yield the pieces, with those put together again that make a known name."""
        at = 0
        while at < len(pieces):
            for length in range(min(_LONGEST_JOIN, len(pieces) - at), 0, -1):
                joined = "、".join(pieces[at : at + length])
                if length == 1 or self.exact(joined) is not None:
                    yield joined
                    at += length
                    break

    def _cut(self, text: str) -> tuple[Found, ...]:
        whole = self.exact(text)
        if whole is not None or not _WEAK.search(text):
            return (whole or self._without_brackets(text),)
        marks = list(_WEAK.finditer(text))[:_WEAK_CUTS]
        ways = [self._at(text, marks, choice) for choice in range(1, 1 << len(marks))]
        best = max(ways, key=lambda way: (-sum(not found.ids for found in way), -_doubts(way), -len(way)))
        found = self._without_brackets(text)
        if all(item.ids for item in best):
            return best
        return (found,) if found.how or not any(item.ids for item in best) else best

    def _at(self, text: str, marks: list[re.Match[str]], choice: int) -> tuple[Found, ...]:
        parts, start = [], 0
        for bit, mark in enumerate(marks):
            if choice >> bit & 1:
                parts.append(text[start : mark.start()])
                start = mark.end()
        pieces = (_cleaned(part) for part in (*parts, text[start:]))
        return tuple(self._without_brackets(piece) for piece in pieces if piece)

    def _without_brackets(self, text: str) -> Found:
        found = self.find(text)
        bare = _BRACKETS.sub("", text)
        return found if found.ids or not bare or bare == text else self.find(bare)


def is_short(name: str) -> bool:
    """Return whether a name bears no legal form (有限公司, 厂, 研究院 …), so that it can stand for a longer one."""
    return not _LEGAL.search(normalise_name(name))


def _doubts(way: tuple[Found, ...]) -> int:
    return sum(len(found.ids) > 1 for found in way)


def _cleaned(text: str) -> str:
    plain = _LEAD.sub("", unicodedata.normalize("NFC", text).strip(" 　。.;；:：“”\"'"))
    return _TAIL.sub("", plain).strip(" 　。.") or plain


def _in_order(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)
