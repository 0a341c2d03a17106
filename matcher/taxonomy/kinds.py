"""Kinds of postings with their typed fields, and which kinds may be matched to which."""

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from pydantic import TypeAdapter, ValidationError

from matcher.assets import asset
from matcher.domain import Operator, Party, PostingKind, Side, SizeClass
from matcher.errors import MatcherError
from matcher.taxonomy.fields import Field, FieldType

_Aliases: TypeAlias = dict[PostingKind, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Implied:
    """What a request's own field asks of the other side's `field`; see data/taxonomy/kinds.toml."""

    field: str
    op: Operator
    from_: str | None = None
    is_: tuple[str | bool, ...] = ()
    value: str | bool | tuple[str, ...] | None = None
    hard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of posting: who may post it, which sizes it is meant for (empty: any), and what answers it."""

    kind: PostingKind
    label: str
    side: Side
    parties: tuple[Party, ...]
    sizes: tuple[SizeClass, ...] = ()
    answered_by: tuple[PostingKind, ...] = ()
    fields: tuple[Field, ...] = ()
    implied: tuple[Implied, ...] = ()


@lru_cache(maxsize=1)
def kinds() -> Mapping[PostingKind, Kind]:
    """Return every kind in the order of `PostingKind`.

    :raises MatcherError: `taxonomy_invalid` when the shipped table is damaged.
    """
    return load_kinds(asset("data", "taxonomy", "kinds.toml"))


def load_kinds(path: Path) -> Mapping[PostingKind, Kind]:
    """Return the kinds of a table file, checked: every `PostingKind` is there and every field is well formed.

    :raises MatcherError: `taxonomy_invalid` naming the file and what is wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        entries = TypeAdapter(tuple[Kind, ...]).validate_python([{"kind": code, **row} for code, row in table.items()])
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        raise MatcherError("taxonomy_invalid", f"{path.name} 有误：{error}") from error
    found = {entry.kind: entry for entry in entries}
    problems = [f"缺少类型 {kind}" for kind in PostingKind if kind not in found]
    problems += [problem for entry in entries for problem in _problems(entry)]
    if problems:
        raise MatcherError("taxonomy_invalid", f"{path.name} 有误：{'；'.join(problems)}")
    return MappingProxyType({kind: found[kind] for kind in PostingKind})


def _problems(entry: Kind) -> list[str]:
    problems = [
        f"{entry.kind}.{field.name} 的 enum 与 options 必须同时出现"
        for field in entry.fields
        if (field.type is FieldType.ENUM) != bool(field.options)
    ]
    for what, words in (("name", [f.name for f in entry.fields]), ("列名", _headers(entry.fields))):
        problems += [f"{entry.kind} 的{what}“{word}”重复" for word in sorted({w for w in words if words.count(w) > 1})]
    if not entry.parties:
        problems.append(f"{entry.kind} 没有 parties")
    if entry.side is Side.REQUEST and not entry.answered_by:
        problems.append(f"{entry.kind} 没有 answered_by")
    return problems


def _headers(fields: Sequence[Field]) -> list[str]:
    return [word for field in fields for word in (field.label, *field.aliases)]


def kind_of(text: str) -> PostingKind:
    """Return the kind written as its code, its Chinese label or a common other word (需求, 产能, 场景 …).

    :raises MatcherError: `unknown_kind`, naming every valid code, or the codes an ambiguous word may mean.
    """
    found = _words().get(_key(text), ())
    if len(found) == 1:
        return found[0]
    options = "、".join(f"{kind}（{kinds()[kind].label}）" for kind in found or kinds())
    problem = f"“{text}”有歧义，请写明是" if found else f"没有“{text}”这种类型，可用的有"
    raise MatcherError("unknown_kind", f"{problem}：{options}", kinds=[str(kind) for kind in found or kinds()])


def _key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).replace("-", "_").lower()


@lru_cache(maxsize=1)
def _words() -> Mapping[str, tuple[PostingKind, ...]]:
    aliases = TypeAdapter(_Aliases).validate_python(
        tomllib.loads(asset("data", "taxonomy", "kind_aliases.toml").read_text(encoding="utf-8"))
    )
    words: dict[str, tuple[PostingKind, ...]] = {}
    for kind, others in aliases.items():
        for word in others:
            words[_key(word)] = (*words.get(_key(word), ()), kind)
    for kind, entry in kinds().items():
        words |= {_key(kind): (kind,), _key(entry.label): (kind,)}
    return words


@lru_cache(maxsize=len(PostingKind))
def candidate_kinds(kind: PostingKind) -> tuple[PostingKind, ...]:
    """Return the kinds that can be matched to a posting of `kind`, without repeats.

    A request is served by its `answered_by`; an offer serves every kind that names it, and its own `answered_by`.
    """
    asking = (other for other, entry in kinds().items() if kind in entry.answered_by)
    return tuple(dict.fromkeys((*kinds()[kind].answered_by, *asking)))
