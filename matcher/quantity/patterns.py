"""Many regular expressions as one, made quick to rule out: by the characters they may start with and words they need."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import add
from typing import TypeAlias

_QUANTIFIER = re.compile(r"[?*+]\??|\{(\d+)(?:,\d*)?\}\??")
_HEAD = 2
_CLASSES = {"d": "0123456789", "s": " \t\n\r"}


def any_of(forms: Iterable[str]) -> re.Pattern[str]:
    """Return an expression that finds any form, the first listed where several begin; no forms find nothing.

    It looks at the first character before it tries the forms one by one.
    """
    listed = list(forms)
    if not listed:
        return re.compile(r"(?!)")
    joined = "|".join(listed)
    first = frozenset().union(*(_heads(form) or {""} for form in listed))
    if "" in first:
        return re.compile(joined)
    return re.compile(f"(?=[{''.join(re.escape(char) for char in sorted(first))}])(?:{joined})")


@lru_cache(maxsize=4096)
def needed(form: str) -> frozenset[str]:
    """Return words one of which a text must contain for `form` to be found in it; empty where none can be named."""
    found = [_best(_sequence(branch)) for branch in _branches(form)]
    return frozenset().union(*found) if all(found) else frozenset()


def _branches(form: str) -> list[str]:
    """Return the alternatives of a form at its top level."""
    parts, depth, start, at = [], 0, 0, 0
    while at < len(form):
        char = form[at]
        if char == "\\":
            at += 1
        elif char == "[":
            at = _class_end(form, at)
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "|" and not depth:
            parts.append(form[start:at])
            start = at + 1
        at += 1
    return [*parts, form[start:]]


def _class_end(form: str, at: int) -> int:
    """Return where the character class that begins at `at` ends."""
    at += 2 if form[at + 1] == "^" else 1
    while form[at] != "]":
        at += 2 if form[at] == "\\" else 1
    return at


def _group_end(form: str, at: int) -> int:
    """Return where the group that begins at `at` ends."""
    depth = 0
    while True:
        char = form[at]
        if char == "\\":
            at += 1
        elif char == "[":
            at = _class_end(form, at)
        elif char in "()":
            depth += 1 if char == "(" else -1
            if not depth:
                return at
        at += 1


@dataclass(frozen=True, slots=True)
class Forms:
    """Named regular expressions, and by its first two characters each word that lets some of them in."""

    patterns: tuple[tuple[re.Pattern[str], str], ...]
    words: Mapping[str, tuple[tuple[str, tuple[int, ...]], ...]]
    always: tuple[int, ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> "Forms":
        """Return (form, name) pairs, ready to be looked for; of two that find the same the first listed counts."""
        listed = list(pairs)
        numbers: dict[str, list[int]] = {}
        for number, (form, _) in enumerate(listed):
            for word in needed(form):
                numbers.setdefault(word, []).append(number)
        words: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
        for word, lets_in in numbers.items():
            words.setdefault(word[:_HEAD], []).append((word, tuple(lets_in)))
        return cls(
            patterns=tuple((any_of([form]), name) for form, name in listed),
            words={head: tuple(starting) for head, starting in words.items()},
            always=tuple(number for number, (form, _) in enumerate(listed) if not needed(form)),
        )

    def possible(self, text: str) -> list[tuple[re.Pattern[str], str]]:
        """Return the forms that `text` may hold, in order."""
        numbers = set(self.always)
        for head in self.words.keys() & heads(text):
            for word, lets_in in self.words[head]:
                if len(word) <= _HEAD or word in text:
                    numbers.update(lets_in)
        return [self.patterns[number] for number in sorted(numbers)]

    def named(self, text: str) -> list[str]:
        """Return the names of the forms that `text` holds, each once, in order."""
        names: dict[str, None] = {}
        for form, name in self.possible(text):
            if name not in names and form.search(text):
                names[name] = None
        return list(names)

    def found(self, text: str) -> list["Found"]:
        """Return what the forms find in `text`, leftmost first, none within another."""
        every = [
            (m.start(), n, m, name) for n, (form, name) in enumerate(self.possible(text)) for m in form.finditer(text)
        ]
        kept: list[Found] = []
        for start, _, match, name in sorted(every, key=lambda item: item[:2]):
            if not kept or start >= kept[-1][0].end():
                kept.append((match, name))
        return kept


Found: TypeAlias = tuple[re.Match[str], str]


@lru_cache(maxsize=16)
def heads(text: str) -> frozenset[str]:
    """Return every character of a text and every two that stand side by side: what the words in it begin with."""
    return frozenset({*text, *map(add, text, text[1:])})


_Piece: TypeAlias = tuple[str, str, bool]


def _sequence(branch: str) -> Iterator[_Piece]:
    """Yield the pieces of an alternative: kind (look, group, class, char), content, and whether it may be left out."""
    at = 0
    while at < len(branch):
        char = branch[at]
        end = _class_end(branch, at) if char == "[" else _group_end(branch, at) if char == "(" else at
        end += char == "\\"
        piece = branch[at : end + 1]
        quantifier = _QUANTIFIER.match(branch, end + 1)
        optional = bool(quantifier) and (quantifier[0][0] in "?*" or quantifier[1] == "0") if quantifier else False
        at = quantifier.end() if quantifier else end + 1
        if piece.startswith(("(?=", "(?!", "(?<=", "(?<!")) or piece in "^$":
            yield "look", "", True
        elif char == "(":
            yield "group", re.sub(r"^\((?:\?:|\?P<\w+>)?", "", piece)[:-1], optional
        elif char == "[" or piece in ("\\d", "\\s", "."):
            yield "class", piece, optional
        else:
            yield "char", piece[-1], optional


def _best(pieces: Iterator[_Piece]) -> frozenset[str]:
    """Return the set of words, one of which must occur, whose shortest is longest; among equals the smallest set."""
    candidates: list[frozenset[str]] = []
    run = ""
    for kind, content, optional in pieces:
        if kind == "char" and not optional:
            run += content
            continue
        if kind != "look" and run:
            candidates.append(frozenset({run}))
            run = ""
        if kind == "group" and not optional and (inner := needed(content)):
            candidates.append(inner)
    if run:
        candidates.append(frozenset({run}))
    return max(candidates, key=lambda words: (min(map(len, words)), -len(words)), default=frozenset())


def _heads(form: str) -> frozenset[str]:
    """Return the characters a form may start with; empty where it may match nothing or anything."""
    found = [_first(branch) for branch in _branches(form)]
    return frozenset().union(*found) if all(found) else frozenset()


def _first(branch: str) -> frozenset[str]:
    chars: frozenset[str] = frozenset()
    for kind, content, optional in _sequence(branch):
        if kind == "look":
            continue
        if kind == "char":
            chars |= {content}
        else:
            inner = _heads(content) if kind == "group" else _members(content)
            if not inner:
                return frozenset()
            chars |= inner
        if not optional:
            return chars
    return frozenset()


def _members(piece: str) -> frozenset[str]:
    """Return the characters of a class, empty for one too wide to list."""
    if not piece.startswith("["):
        return frozenset(_CLASSES.get(piece[-1], ""))
    if piece.startswith("[^"):
        return frozenset()
    chars: set[str] = set()
    at, inner = 0, piece[1:-1]
    while at < len(inner):
        if inner[at] == "\\":
            chars.update(_CLASSES.get(inner[at + 1], inner[at + 1]))
            at += 2
        elif inner[at + 1 : at + 2] == "-" and at + 2 < len(inner):
            last = inner[at + 2]
            if ord(last) - ord(inner[at]) > 100:
                return frozenset()
            chars.update(map(chr, range(ord(inner[at]), ord(last) + 1)))
            at += 3
        else:
            chars.add(inner[at])
            at += 1
    return frozenset(chars)
