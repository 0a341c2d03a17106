"""Supply gaps: requests that nothing answers, by chain link and district; idle resources that nobody asks for."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from matcher.domain import Enterprise, Posting
from matcher.taxonomy import industry_path, kinds, region_name

UNKNOWN = "未填"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A posting with its chain link (行业大类) and district, its own or its firm's."""

    posting: Posting
    firm: Enterprise
    link: str
    district: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """A link in a district: what is asked for or offered there in vain, kind by kind."""

    link: str
    district: str
    count: int
    kinds: dict[str, int]
    examples: tuple[Placed, ...]


def placed(posting: Posting, firm: Enterprise) -> Placed:
    """Return where in the chain and on the map a posting stands."""
    return Placed(
        posting=posting,
        firm=firm,
        link=link_of(posting.industry or firm.industry),
        district=district_of(posting.region or firm.region),
    )


def link_of(industry: str | None) -> str:
    """Return the name of the division (大类) of an industry code, or 未填."""
    if not industry:
        return UNKNOWN
    path = industry_path(industry)
    return path[min(1, len(path) - 1)]


def district_of(region: str | None) -> str:
    """Return the name of a region down to the district, or 未填."""
    return region_name(region[:6]) if region else UNKNOWN


def gap_table(found: Iterable[Placed], *, examples: int = 3) -> tuple[GapRow, ...]:
    """Return postings by link and district, the most numerous first, each with a few examples."""
    groups: dict[tuple[str, str], list[Placed]] = {}
    for one in found:
        groups.setdefault((one.link, one.district), []).append(one)
    rows = [
        GapRow(
            link=link,
            district=district,
            count=len(held),
            kinds=dict(sorted(Counter(kinds()[one.posting.kind].label for one in held).items())),
            examples=tuple(held[:examples]),
        )
        for (link, district), held in groups.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.count, row.link, row.district)))
