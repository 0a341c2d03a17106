"""Which column means what: shared columns, the typed fields of a kind, and a caller's own mapping."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from matcher.assets import asset
from matcher.domain import PostingKind
from matcher.errors import MatcherError
from matcher.tabular.header import normalised, split_unit
from matcher.taxonomy import Field, kinds


class Scope(StrEnum):
    """What a column describes."""

    ROW = "row"
    ENTERPRISE = "enterprise"
    POSTING = "posting"
    CONTACT = "contact"
    FIELD = "field"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a column's cells go: a shared column by `name`, or a typed `field`; `unit` is the one its header states."""

    scope: Scope
    name: str
    label: str
    field: Field | None = None
    unit: str | None = None


class Columns:
    """The columns we can read, with a caller's mapping of headers to column names laid over them."""

    def __init__(
        self,
        shared: Mapping[str, Target],
        protected: frozenset[str],
        expected: tuple[str, ...],
        mapped: Mapping[str, str],
    ) -> None:
        self._shared = shared
        self._protected = protected
        self._mapped = mapped
        self.expected = expected
        self.find = lru_cache(maxsize=8192)(self._find)
        self.known = lru_cache(maxsize=8192)(self._known)

    @classmethod
    def load(cls, mapping: Mapping[str, str] | None = None) -> "Columns":
        """Return the shipped columns; `mapping` gives headers the name, label or alias of a column or typed field.

        :raises MatcherError: `unknown_column` when the mapping names what no column is called.
        """
        table = tomllib.loads(asset("data", "import", "columns.toml").read_text(encoding="utf-8"))
        shared = {normalised(word): Target(Scope.IGNORED, word, word) for word in table["ignored"]}
        for scope in (Scope.ROW, Scope.ENTERPRISE, Scope.POSTING, Scope.CONTACT):
            for name, entry in table[scope].items():
                for word in (name, entry["label"], *entry["aliases"]):
                    shared.setdefault(normalised(word), Target(scope, name, entry["label"]))
        mapped = {normalised(header): normalised(name) for header, name in (mapping or {}).items()}
        columns = cls(shared, frozenset(table["protected"]), tuple(table["expected"]), mapped)
        for header, name in mapped.items():
            if name not in shared and name not in _all_fields():
                raise MatcherError(
                    "unknown_column",
                    f"--map 中“{header}={name}”的“{name}”不是可用的字段；常用字段有：{'、'.join(columns.expected)}",
                    expected=columns.expected,
                )
        return columns

    def _find(self, header: str, kind: PostingKind | None) -> Target | None:
        """Return where a header's cells go for a posting of `kind` (None: only the shared columns)."""
        key = normalised(header)
        base, unit = split_unit(key)
        for word in dict.fromkeys((self._mapped.get(key, key), key, base, key.rpartition("/")[2])):
            found = self._look_up(word, kind)
            if found is not None:
                return Target(found.scope, found.name, found.label, found.field, None if word == key else unit)
        return None

    def _look_up(self, word: str, kind: PostingKind | None) -> Target | None:
        shared = self._shared.get(word)
        if shared is not None and shared.name in self._protected:
            return shared
        field = _fields(kind).get(word) if kind is not None else None
        if field is not None:
            return Target(Scope.FIELD, field.name, field.label, field)
        if shared is None and kind is not None and word == f"{kinds()[kind].label}名称":
            return self._shared[normalised("标题")]
        return shared

    def _known(self, header: str) -> bool:
        """Return whether any kind of posting has this column."""
        if len(header) > 40:
            return False
        return any(self.find(header, kind) is not None for kind in (None, *PostingKind))

    def names(self, headers: Iterable[str], kind: PostingKind | None) -> frozenset[str]:
        """Return the names of the columns that a set of headers stands for."""
        return frozenset(target.name for header in headers if (target := self.find(header, kind)) is not None)


@lru_cache(maxsize=32)
def _fields(kind: PostingKind) -> Mapping[str, Field]:
    words: dict[str, Field] = {}
    for field in kinds()[kind].fields:
        for word in (field.label, field.name, *field.aliases):
            words.setdefault(normalised(word), field)
    return words


@lru_cache(maxsize=1)
def _all_fields() -> frozenset[str]:
    return frozenset(word for kind in PostingKind for word in _fields(kind))
