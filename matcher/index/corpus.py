"""What every posting is, in columns, so that a mask over all of them is a few vector operations."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from matcher.domain import Enterprise, Evidence, Posting, PostingKind, SizeClass, Status, Visibility
from matcher.index.base import Ids, Mask
from matcher.tagging import Tags

Key: TypeAlias = tuple[str, str]

KINDS = tuple(PostingKind)
SIZES = (SizeClass.UNKNOWN, SizeClass.MICRO, SizeClass.SMALL, SizeClass.MEDIUM, SizeClass.LARGE)
VISIBILITIES = tuple(Visibility)
_EVIDENCE = TypeAdapter(tuple[Evidence, ...])
NEVER, FOREVER = 0, date.max.toordinal()

_ROW = np.dtype(
    [
        ("alive", "?"),
        ("tenant", "i4"),
        ("kind", "i1"),
        ("published", "?"),
        ("visibility", "i1"),
        ("since", "i4"),
        ("until", "i4"),
        ("region", "i4"),
        ("industry", "i4"),
        ("firm", "i4"),
        ("classes", "i2", (3,)),
        ("confidence", "f4", (3,)),
    ]
)
_FIRM = np.dtype([("group", "i4"), ("size", "i1"), ("region", "i4"), ("industry", "i4"), ("verified", "f4")])


class _Names:
    """Strings numbered from 0 in order of arrival; number 0 is the empty string, "unknown"."""

    def __init__(self, names: Iterable[str] = ("",)) -> None:
        self.names = list(names)
        self._numbers = {name: n for n, name in enumerate(self.names)}

    def number(self, name: str | None) -> int:
        if (known := self._numbers.get(name or "")) is not None:
            return known
        self._numbers[name or ""] = len(self.names)
        self.names.append(name or "")
        return len(self.names) - 1

    def find(self, name: str) -> int:
        return self._numbers.get(name, -1)


class Corpus:
    """Postings in rows, firms beside them. A changed posting gets a new row; the old row dies.

    `evidence` is what firms have by way of it, by firm number; firms without any are left out.
    """

    def __init__(self) -> None:
        self.rows = np.zeros(0, dtype=_ROW)
        self.firms = np.zeros(0, dtype=_FIRM)
        self.tenants, self.regions, self.industries = _Names(), _Names(), _Names()
        self._keys: list[Key] = []
        self._row_of: dict[Key, int] = {}
        self._firm_of: dict[Key, int] = {}
        self._parents: dict[Key, str] = {}
        self._firm_keys: list[Key] = []
        self._facts: dict[str, dict[int, object]] = {}
        self._ungrouped: set[str] = set()
        self._held: dict[int, list[tuple[str, int]]] = {}
        self._valid: tuple[int, Mapping[int, Sequence[str]]] | None = None
        self.evidence: dict[int, tuple[Evidence, ...]] = {}

    def __len__(self) -> int:
        return len(self._row_of)

    def key(self, row: int) -> Key:
        """Return (tenant, posting id) of a row."""
        return self._keys[row]

    def row(self, key: Key) -> int | None:
        """Return the living row of a posting."""
        return self._row_of.get(key)

    def firm(self, key: Key) -> int | None:
        """Return the number of a firm, None when it was never seen."""
        return self._firm_of.get(key)

    def firm_key(self, firm: int) -> Key:
        """Return (tenant, enterprise id) of a firm number."""
        return self._firm_keys[firm]

    def facts(self, name: str) -> Mapping[int, object]:
        """Return the values of attribute `name` by row, living rows only."""
        return self._facts.get(name, {})

    def held(self, as_of: date) -> Mapping[int, Sequence[str]]:
        """Return the names of what firms are qualified in on a day, by firm number; firms without any are left out.

        The last day's answer is kept until a firm changes.
        """
        day = as_of.toordinal()
        if self._valid is None or self._valid[0] != day:
            valid = ((firm, [name for name, until in held if until >= day]) for firm, held in self._held.items())
            self._valid = (day, {firm: names for firm, names in valid if names})
        return self._valid[1]

    def size(self, row: int) -> SizeClass:
        """Return the size class of the firm behind a row."""
        return SIZES[self.firms["size"][self.rows["firm"][row]]]

    def put_firm(self, tenant: str, firm: Enterprise, size: SizeClass) -> None:
        """Add or change a firm; the groups of its relatives follow."""
        key = (tenant, firm.id)
        number = self._firm_number(key)
        self.firms["size"][number] = SIZES.index(size)
        self.firms["region"][number] = self.regions.number(firm.region)
        self.firms["industry"][number] = self.industries.number(firm.industry)
        self.firms["verified"][number] = _verified(firm)
        self._disqualify(number)
        if firm.evidence:
            self.evidence[number] = firm.evidence
        if firm.qualifications:
            self._held[number] = [
                (q.name, q.expires.toordinal() if q.expires else FOREVER) for q in firm.qualifications
            ]
        self._adopt(key, firm.parent_id or None)

    def drop_firm(self, key: Key) -> None:
        """Forget what is known of a firm; postings that still name it keep its number."""
        number = self._firm_of.get(key)
        if number is not None:
            self.firms[["size", "region", "industry", "verified"]][number] = (0, 0, 0, 0.0)
            self._disqualify(number)
            self._adopt(key, None)

    def put_posting(self, tenant: str, posting: Posting) -> tuple[int, int | None]:
        """Return (new row, the row that died or None) of an added or changed posting."""
        key = (tenant, posting.id)
        dead = self.drop_posting(key)
        row = len(self._keys)
        self._keys.append(key)
        self._row_of[key] = row
        if row >= len(self.rows):
            self.rows = np.concatenate([self.rows, np.zeros(max(1024, row), dtype=_ROW)])
        self.rows[row] = (
            True,
            self.tenants.number(tenant),
            KINDS.index(posting.kind),
            posting.status is Status.PUBLISHED,
            VISIBILITIES.index(posting.visibility),
            posting.valid_from.toordinal() if posting.valid_from else NEVER,
            posting.valid_until.toordinal() if posting.valid_until else FOREVER,
            self.regions.number(posting.region),
            self.industries.number(posting.industry),
            self._firm_number((tenant, posting.enterprise_id)),
            (0, 0, 0),
            (0.0, 0.0, 0.0),
        )
        for name, value in posting.attributes.items():
            self._facts.setdefault(name, {})[row] = value
        return row, dead

    def tag(self, rows: Ids, tags: Tags) -> None:
        """Set what industries rows speak of."""
        self.rows["classes"][rows], self.rows["confidence"][rows] = tags.classes, tags.confidence

    def drop_posting(self, key: Key) -> int | None:
        """Return the row that died, None when the posting was not there."""
        row = self._row_of.pop(key, None)
        if row is not None:
            self.rows["alive"][row] = False
            for values in self._facts.values():
                values.pop(row, None)
        return row

    def living(self) -> NDArray[np.void]:
        """Return the table of all rows given out so far."""
        return self.rows[: len(self._keys)]

    def codes(self, rows: NDArray[np.void], column: str) -> NDArray[np.int32]:
        """Return region or industry numbers, the firm's own where the posting is silent; 0 is unknown."""
        own: NDArray[np.int32] = rows[column]
        result: NDArray[np.int32] = np.where(own > 0, own, self.firms[column][rows["firm"]])
        return result

    def group_mask(self, rows: NDArray[np.void], firm: int) -> Mask:
        """Return which rows belong to the group of `firm`."""
        self._settle_groups()
        groups = self.firms["group"]
        members = np.flatnonzero(groups[: len(self._firm_keys)] == groups[firm])
        result: Mask = np.isin(rows["firm"], members) if len(members) > 1 else rows["firm"] == firm
        return result

    def renumbered(self) -> tuple["Corpus", Ids]:
        """Return the corpus without dead rows, and the old number of each row, in the order of the new ones."""
        keep = np.array(sorted(self._row_of.values()), dtype=np.int64)
        position = {int(old): new for new, old in enumerate(keep)}
        self._settle_groups()
        other = Corpus()
        other.__dict__.update(self.__dict__)
        other.rows = self.rows[keep]
        other._keys = [self._keys[old] for old in keep]
        other._row_of = {key: row for row, key in enumerate(other._keys)}
        other._facts = {n: {position[r]: v for r, v in values.items()} for n, values in self._facts.items()}
        return other, keep

    def save(self, folder: Path) -> None:
        """Write the corpus into an existing empty folder; renumber first to leave the dead behind."""
        self._settle_groups()
        np.save(folder / "rows.npy", self.living())
        np.save(folder / "firms.npy", self.firms[: len(self._firm_keys)])
        state = {
            "names": [self.tenants.names, self.regions.names, self.industries.names],
            "keys": self._keys,
            "firm_keys": self._firm_keys,
            "parents": [[*key, parent] for key, parent in self._parents.items()],
            "held": list(self._held.items()),
            "evidence": [[firm, _EVIDENCE.dump_python(held, mode="json")] for firm, held in self.evidence.items()],
            "facts": {name: list(values.items()) for name, values in self._facts.items()},
        }
        (folder / "corpus.json").write_text(json.dumps(state, ensure_ascii=False, default=str), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Corpus":
        """Return the corpus that `save` wrote."""
        corpus = cls()
        corpus.rows, corpus.firms = np.load(folder / "rows.npy"), np.load(folder / "firms.npy")
        state = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
        corpus.tenants, corpus.regions, corpus.industries = (_Names(names) for names in state["names"])
        corpus._keys = [(tenant, posting) for tenant, posting in state["keys"]]
        corpus._row_of = {key: row for row, key in enumerate(corpus._keys) if corpus.rows["alive"][row]}
        corpus._firm_keys = [(tenant, firm) for tenant, firm in state["firm_keys"]]
        corpus._firm_of = {key: number for number, key in enumerate(corpus._firm_keys)}
        corpus._parents = {(tenant, firm): parent for tenant, firm, parent in state["parents"]}
        corpus._held = {firm: [(name, until) for name, until in held] for firm, held in state["held"]}
        corpus.evidence = {firm: _EVIDENCE.validate_python(held) for firm, held in state["evidence"]}
        corpus._facts = {name: dict(map(tuple, values)) for name, values in state["facts"].items()}
        return corpus

    def _firm_number(self, key: Key) -> int:
        if (known := self._firm_of.get(key)) is not None:
            return known
        number = len(self._firm_keys)
        self._firm_keys.append(key)
        self._firm_of[key] = number
        if number >= len(self.firms):
            self.firms = np.concatenate([self.firms, np.zeros(max(1024, number), dtype=_FIRM)])
        self.firms["group"][number] = number
        return number

    def _disqualify(self, number: int) -> None:
        self._held.pop(number, None)
        self.evidence.pop(number, None)
        self._valid = None

    def _adopt(self, key: Key, parent: str | None) -> None:
        if self._parents.get(key) == parent:
            return
        self._ungrouped.add(key[0])
        if parent is None:
            del self._parents[key]
        else:
            self._parents[key] = parent
            self._firm_number((key[0], parent))

    def _settle_groups(self) -> None:
        """Give every firm the number of the root of its parent chain; a cycle is one group."""
        if not self._ungrouped:
            return
        for key in [key for key in self._firm_keys if key[0] in self._ungrouped]:
            self.firms["group"][self._firm_of[key]] = self._firm_of[self._root(key)]
        self._ungrouped.clear()

    def _root(self, key: Key) -> Key:
        chain = {key: 0}
        while (parent := self._parents.get(key)) is not None:
            key = (key[0], parent)
            if key in chain:
                return min(list(chain)[chain[key] :])
            chain[key] = len(chain)
        return key


def _verified(firm: Enterprise) -> float:
    """Return how much of a firm can be checked, in [0, 1]: its registration code, its profile, a verified title."""
    checked = (firm.uscc, firm.profile, any(q.verified_on for q in firm.qualifications))
    return sum(1 for fact in checked if fact) / len(checked)
