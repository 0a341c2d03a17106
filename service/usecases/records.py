"""Check and write enterprises and postings, whoever sends them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from matcher.conditions import attribute_names
from matcher.domain import Condition, Enterprise, Operator, Posting, SizeClass
from matcher.errors import MatcherError
from matcher.taxonomy import industry_code, kinds, region_code
from matcher.taxonomy.fields import check_value
from matcher.uscc import normalise_uscc, uscc_problems
from service.auth import Actor
from service.expected import ANY, Expected
from service.store import Store, Written

Item = TypeVar("Item", Enterprise, Posting)
Row = TypeVar("Row")
Done = TypeVar("Done")

_CODED: Mapping[str, Callable[[str], str]] = {"region": region_code, "industry": industry_code}


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one row of a batch: `written`, or the error that kept it out."""

    id: str
    written: Written | None = None
    warnings: tuple[str, ...] = ()
    error: MatcherError | None = None


def checked_enterprise(firm: Enterprise) -> tuple[Enterprise, tuple[str, ...]]:
    """Return the firm with canonical codes, and warnings on its 统一社会信用代码.

    :raises MatcherError: `unknown_industry`, `unknown_region` or `ambiguous_region`.
    """
    code = normalise_uscc(firm.uscc) if firm.uscc else None
    canonical = replace(
        firm,
        uscc=code,
        industry=industry_code(firm.industry) if firm.industry else None,
        region=region_code(firm.region) if firm.region else None,
    )
    return canonical, uscc_problems(code) if code else ()


def checked_posting(posting: Posting, firm: Enterprise | None) -> tuple[Posting, tuple[str, ...]]:
    """Return the posting with canonical codes, and warnings.

    :raises MatcherError: `unknown_enterprise`, `party_not_allowed`, `bad_dates`, `bad_attribute` or an unknown code.
    """
    if firm is None:
        raise MatcherError("unknown_enterprise", f"企业 {posting.enterprise_id} 不存在，请先写入该企业")
    kind = kinds()[posting.kind]
    if firm.party not in kind.parties:
        allowed = "、".join(kind.parties)
        raise MatcherError("party_not_allowed", f"“{firm.party}”不能发布“{kind.label}”；可以发布的主体：{allowed}")
    if posting.valid_from and posting.valid_until and posting.valid_from > posting.valid_until:
        raise MatcherError("bad_dates", f"有效期起 {posting.valid_from} 晚于有效期止 {posting.valid_until}")
    for field in kind.fields:
        if (value := posting.attributes.get(field.name)) is not None:
            check_value(field, value, place="attributes")
    canonical = replace(
        posting,
        industry=industry_code(posting.industry) if posting.industry else None,
        region=region_code(posting.region) if posting.region else None,
        conditions=tuple(_canonical(condition) for condition in posting.conditions),
    )
    return canonical, _warnings(canonical, firm)


def _canonical(condition: Condition) -> Condition:
    """Return a condition on region or industry with codes for its values, by which it is judged; others as they are."""
    code = next((_CODED[name] for name in attribute_names(condition) if name in _CODED), None)
    if code is None or condition.op is Operator.CONTAINS:
        return condition
    if isinstance(condition.value, tuple):
        return replace(condition, value=tuple(code(value) for value in condition.value))
    return replace(condition, value=code(str(condition.value)))


def _warnings(posting: Posting, firm: Enterprise) -> tuple[str, ...]:
    kind = kinds()[posting.kind]
    found: list[str] = []
    if missing := [f.label for f in kind.fields if f.required and posting.attributes.get(f.name) in (None, "", [])]:
        found.append(f"未填写{'、'.join(missing)}，匹配时按待核实处理")
    if kind.sizes and firm.declared_size not in (None, SizeClass.UNKNOWN, *kind.sizes):
        found.append(f"企业自报规模与“{kind.label}”通常的发布方不符，请核对")
    return tuple(found)


def put_enterprises(
    store: Store, actor: Actor, firms: Sequence[Enterprise], expected: Expected = ANY
) -> list[RowOutcome]:
    """Return one outcome per firm, in order; a bad row keeps no other out."""
    return _each(firms, checked_enterprise, lambda rows: store.records.put_enterprises(actor, rows, expected=expected))


def put_postings(store: Store, actor: Actor, postings: Sequence[Posting], expected: Expected = ANY) -> list[RowOutcome]:
    """Return one outcome per posting, in order; a bad row keeps no other out."""
    firms = store.records.enterprises_by_id(actor, {posting.enterprise_id for posting in postings})
    return _each(
        postings,
        lambda posting: checked_posting(posting, firms.get(posting.enterprise_id)),
        lambda rows: store.records.put_postings(actor, rows, expected=expected),
    )


def _each(
    items: Sequence[Item],
    check: Callable[[Item], tuple[Item, tuple[str, ...]]],
    put: Callable[[Sequence[Item]], list[Written]],
) -> list[RowOutcome]:
    """Write the good rows in one transaction; if the store refuses them together, in halves until the bad are alone."""
    outcomes: list[RowOutcome | None] = []
    good: dict[int, tuple[Item, tuple[str, ...]]] = {}
    seen: set[str] = set()
    for n, item in enumerate(items):
        try:
            if item.id in seen:
                raise MatcherError("duplicate_id", f"同一批中编号 {item.id} 重复")
            good[n] = check(item)
            seen.add(item.id)
            outcomes.append(None)
        except MatcherError as error:
            outcomes.append(RowOutcome(item.id, error=error))
    written = in_halves([item for item, _ in good.values()], put)
    for (n, (item, warnings)), done in zip(good.items(), written, strict=True):
        if isinstance(done, MatcherError):
            outcomes[n] = RowOutcome(item.id, error=done)
        else:
            outcomes[n] = RowOutcome(item.id, done, warnings)
    return [outcome for outcome in outcomes if outcome is not None]


def in_halves(rows: Sequence[Row], put: Callable[[Sequence[Row]], Sequence[Done]]) -> Sequence[Done | MatcherError]:
    """Return what `put` says of each row, or why it cannot take it; refused together, rows are tried in halves."""
    if not rows:
        return []
    try:
        return put(rows)
    except MatcherError as error:
        if len(rows) == 1:
            return [error]
        half: int = len(rows) // 2
        return [*in_halves(rows[:half], put), *in_halves(rows[half:], put)]


def only(outcomes: Sequence[RowOutcome]) -> RowOutcome:
    """Return the single outcome.

    :raises MatcherError: the row's own error.
    """
    outcome = outcomes[0]
    if outcome.error is not None:
        raise outcome.error
    return outcome


def sizes_of(store: Store, actor: Actor, firms: Sequence[Enterprise]) -> Mapping[str, SizeClass]:
    """Return the computed size class of each firm."""
    return store.records.computed_sizes(actor, [firm.id for firm in firms])
