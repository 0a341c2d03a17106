"""Which firm a row means: known ones are found by id, code, name or alias, and records of one firm are merged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

from matcher.domain import Enterprise, Party
from matcher.firmname import FirmNames, Suggestion, core_name, normalise_name
from matcher.tabular import Draft, Problem
from matcher.tabular.firms import firm_key
from service.auth import Actor
from service.store import Store
from service.usecases.import_seen import Seen

_NAMES_KEPT = 50_000
_COMPARED = ("uscc", "industry", "region", "employees", "revenue_wan", "assets_wan", "declared_size")
_LABELS = {
    "uscc": "统一社会信用代码", "industry": "所属行业", "region": "所在地区", "employees": "从业人员",
    "revenue_wan": "营业收入", "assets_wan": "资产总额", "declared_size": "企业规模",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """The firm of a row: its id, another firm it may be, and what to tell about it."""

    id: str
    similar: Suggestion | None = None
    problems: tuple[Problem, ...] = ()


class Firms:
    """The firms an import knows: those of the store at its start, and those it has written since."""

    def __init__(self, store: Store, actor: Actor, known: Iterable[tuple[str, str]]) -> None:
        self._store = store
        self._actor = actor
        self._ids: dict[str, str] = {}
        self._keyed = Seen()
        self._by_code: dict[str, tuple[str, str]] = {}
        self._code_rows = Seen()
        self._names = FirmNames(())
        self._count = 0
        self._stored_before = False
        for id_, name in known:
            self._stored_before = True
            self._learn(id_, name)

    def find(self, draft: Draft) -> Match:
        """Return the firm a row means; a name near a known one stays a firm of its own, with a suggestion."""
        firm = draft.enterprise
        if firm is None:
            raise ValueError("a rejected draft has no firm")
        id_, other = self._by_known_code(draft, firm)
        if not draft.id_given and id_ is None:
            id_ = self._by_name(firm.name)
        id_ = firm.id if draft.id_given or id_ is None else id_
        problems = self._shared_code(draft, firm, other, id_) if other else ()
        if other is None and firm.name != firm.id and not self._is_known(id_, firm.name):
            other = self._names.nearest(firm.name, own_id=id_)
            problems = (_similar(draft, id_, firm, other),) if other else ()
        return Match(id_, other, problems)

    def accepted(self, draft: Draft, id_: str) -> None:
        """Make the firm of a row that goes in known to the rows after it."""
        firm = draft.enterprise
        if firm is None:
            return
        if firm.uscc and firm.uscc not in self._by_code:
            self._by_code[firm.uscc] = (id_, firm.name)
        if firm.uscc and self._code_rows.find(firm.uscc) is None:
            self._code_rows.add(firm.uscc, draft.row.number, "")
        self._learn(id_, firm.name)

    def _by_known_code(self, draft: Draft, firm: Enterprise) -> tuple[str | None, Suggestion | None]:
        """Return the firm with this code; or, when that firm bears another name, this one's id and that firm."""
        holder = (self._by_code.get(firm.uscc) or self._stored_code(firm.uscc)) if firm.uscc else None
        if holder is None:
            return None, None
        id_, name = holder
        if (draft.id_given and id_ == firm.id) or same_name(name, firm.name) or firm.name == firm.id:
            return id_, None
        return self._by_name(firm.name) or firm_key(firm.name), Suggestion(id_, name, 1.0, "信用代码相同")

    def _stored_code(self, uscc: str) -> tuple[str, str] | None:
        if not self._stored_before and self._code_rows.find(uscc) is None:
            return None
        ids = self._store.names.id_by_uscc(self._actor, uscc)
        found = self._store.records.enterprises_by_id(self._actor, ids[:1]) if ids else {}
        return next(((id_, firm.name) for id_, firm in found.items()), None)

    def _shared_code(self, draft: Draft, firm: Enterprise, other: Suggestion, id_: str) -> tuple[Problem, ...]:
        first = self._code_rows.find(firm.uscc or "")
        message = f"“{firm.name}”与“{other.name}”的统一社会信用代码相同（{firm.uscc}），已作为两家企业导入"
        remedy = f"请核对代码；若是同一家企业，请执行 rongtong firms merge {id_} {other.id}"
        rows = [draft.row.number] if first is None else [first[0], draft.row.number]
        return tuple(
            Problem(code="uscc_shared", message=message, remedy=remedy, sheet=draft.row.sheet, row=row, value=firm.uscc)
            for row in rows
        )

    def _by_name(self, name: str) -> str | None:
        plain = normalise_name(name)
        if plain in self._ids:
            return self._ids[plain]
        if self._keyed.find(plain):
            return firm_key(name)
        return self._store.names.alias(self._actor, name) if self._stored_before else None

    def _is_known(self, id_: str, name: str) -> bool:
        plain = normalise_name(name)
        return self._ids.get(plain) == id_ or self._keyed.find(plain) is not None

    def _learn(self, id_: str, name: str) -> None:
        plain = normalise_name(name)
        if name == id_ or self._is_known(id_, name):
            return
        if id_ == firm_key(name):
            self._keyed.add(plain, 0, "")
        else:
            self._ids.setdefault(plain, id_)
        if self._count < _NAMES_KEPT:
            self._names.add(id_, name)
            self._count += 1

    def forget_codes(self) -> None:
        """Let go of the codes met since the last commit: the store knows them now."""
        self._by_code.clear()


def same_name(name: str, other: str) -> bool:
    """Return whether two names differ in writing only: brackets, spaces, legal form."""
    return normalise_name(name) == normalise_name(other) or core_name(name) == core_name(other)


def merged(old: Enterprise, new: Enterprise) -> Enterprise:
    """Return `old` with everything that `new` says laid over it; what `new` leaves open stays."""
    changes = {
        field.name: value
        for field in fields(Enterprise)
        if field.name not in ("id", "name", "party", "attributes", "qualifications")
        and (value := getattr(new, field.name)) is not None
    }
    known = {item.name for item in old.qualifications}
    return replace(
        old,
        **changes,
        name=new.name if new.name not in (new.id, new.uscc) else old.name,
        party=new.party if new.party is not Party.ENTERPRISE else old.party,
        qualifications=(*old.qualifications, *(item for item in new.qualifications if item.name not in known)),
        attributes={**old.attributes, **new.attributes},
    )


def filled(first: Enterprise, later: Enterprise) -> Enterprise:
    """Return `first` with its gaps filled from a later row of the same firm."""
    over = merged(later, first)
    return replace(over, id=first.id, name=first.name if first.name != first.id else later.name)


def conflicts(draft: Draft, first_row: int, first: Enterprise) -> Sequence[Problem]:
    """Return a warning for every value that a later row of one firm gives differently from the first."""
    later = draft.enterprise
    differing = [
        name
        for name in _COMPARED
        if None not in (getattr(first, name), getattr(later, name)) and getattr(first, name) != getattr(later, name)
    ]
    return [
        Problem(
            code="firm_conflict",
            message=f"同一家企业“{first.name}”的{_LABELS[name]}与第 {first_row} 行不一致，以第 {first_row} 行为准",
            remedy="请统一两行的内容后重新导入",
            sheet=draft.row.sheet,
            row=draft.row.number,
            column=_LABELS[name],
            value=str(getattr(later, name)),
        )
        for name in differing
    ]


def _similar(draft: Draft, id_: str, firm: Enterprise, known: Suggestion) -> Problem:
    return Problem(
        code="firm_similar",
        message=f"“{firm.name}”像是已有企业“{known.name}”的{known.reason}，已先作为新企业导入",
        remedy=f"若是同一家企业，请执行 rongtong firms merge {id_} {known.id}",
        sheet=draft.row.sheet,
        row=draft.row.number,
        value=firm.name,
    )
