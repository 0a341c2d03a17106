"""Parks (特色载体): which links of its chain a park's firms fill, and which are open."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from matcher.domain import Enterprise, Party, SizeClass
from matcher.registers import Entry
from matcher.taxonomy import industry_covers

OTHER = "其他"
_ROLES: Mapping[Party, str] = {
    Party.INSTITUTE: "院所",
    Party.UNIVERSITY: "院所",
    Party.FINANCE: "资本",
    Party.SERVICE: "服务",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A firm of a park: its size, its role there and the link it was put down for, if any."""

    firm: Enterprise
    size: SizeClass
    role: str
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of a park's chain and the firms in it; without any it is a gap, for 招引 or 培育."""

    name: str
    key: bool
    industries: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()

    @property
    def gap(self) -> bool:
        """Whether nobody in the park fills the link."""
        return not self.members


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What a park is made of: its links in order, firms outside any link, and how many there are of each size and role."""

    links: tuple[Link, ...]
    outside: tuple[Member, ...]
    sizes: Mapping[SizeClass, int] = field(default_factory=dict)
    roles: Mapping[str, int] = field(default_factory=dict)


def members(
    entries: Iterable[Entry], firms: Mapping[str, Enterprise], sizes: Mapping[str, SizeClass], as_of: date
) -> tuple[Member, ...]:
    """Return who is in a park on a day by its register, in order of id; the last day (`until`) counts."""
    day = as_of.isoformat()
    found: dict[str, Member] = {}
    for one in entries:
        values = one.values
        if not str(values.get("since", "")) <= day <= str(values.get("until", "9999")):
            continue
        if one.other is None or (firm := firms.get(one.other)) is None:
            continue
        size = sizes.get(firm.id, SizeClass.UNKNOWN)
        link = values.get("link")
        role = str(values.get("role") or _role(firm, size))
        found[firm.id] = Member(firm=firm, size=size, role=role, link=str(link) if link else None)
    return tuple(found[id_] for id_ in sorted(found))


def _role(firm: Enterprise, size: SizeClass) -> str:
    return _ROLES.get(firm.party, "龙头" if size is SizeClass.LARGE else "配套")


def compose(entries: Sequence[Entry], inside: Sequence[Member]) -> Chain:
    """Return the chain of a park: a firm fills the link it was put down for, else those whose industries cover its own.

    A link that only firms name is listed after those of the chain's register.
    """
    listed = {str(one.values["link"]): one for one in entries}
    names = [*listed, *dict.fromkeys(one.link for one in inside if one.link and one.link not in listed)]
    links = tuple(_link(name, listed.get(name), inside) for name in names)
    placed = {one.firm.id for link in links for one in link.members}
    return Chain(
        links=links,
        outside=tuple(one for one in inside if one.firm.id not in placed),
        sizes=Counter(one.size for one in inside),
        roles=Counter(one.role for one in inside),
    )


def _link(name: str, entry: Entry | None, inside: Sequence[Member]) -> Link:
    told = entry.values.get("industries") if entry else None
    industries = tuple(str(code) for code in told) if isinstance(told, list | tuple) else ()
    return Link(
        name=name,
        key=bool(entry and entry.values.get("key_link")),
        industries=industries,
        members=tuple(one for one in inside if _fills(one, name, industries)),
    )


def _fills(member: Member, name: str, industries: tuple[str, ...]) -> bool:
    if member.link is not None:
        return member.link == name
    own = member.firm.industry
    return own is not None and any(industry_covers(code, own) for code in industries)
