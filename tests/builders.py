"""Short ways to say a firm, a posting, a query and an index in tests."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from matcher.changes import Change
from matcher.domain import Enterprise, Posting, PostingKind, Query, SizeClass
from matcher.index.postings import PostingIndex
from matcher.rank import prior
from tests.stub_encoder import StubEncoder

# The stub's likenesses are not the default encoder's, on which the prior's threshold was set.
RANKER = replace(prior(), threshold=0.0)
DAY = date(2026, 3, 31)
TENANT = "t"


def offer(name: str, title: str = "精密零件加工", *, firm: str = "f", **facts: object) -> Posting:
    """Return a capability of firm `firm`; `facts` are any other fields of the posting."""
    posting = Posting(id=name, enterprise_id=firm, kind=PostingKind.CAPABILITY, title=title)
    return replace(posting, **facts)  # type: ignore[arg-type]


def need(title: str = "精密零件加工", **facts: object) -> Query:
    """Return a need asked on `DAY`; `facts` are any other fields of the query."""
    query = Query(tenant=TENANT, kind=PostingKind.NEED, title=title, as_of=DAY)
    return replace(query, **facts)  # type: ignore[arg-type]


def firm_change(firm: Enterprise, *, tenant: str = TENANT, size: SizeClass | None = None, seq: int = 1) -> Change:
    """Return the change that tells of a firm."""
    return Change(seq=seq, tenant=tenant, enterprise=firm, computed_size=size)


def posting_change(posting: Posting, *, tenant: str = TENANT, seq: int = 1) -> Change:
    """Return the change that tells of a posting."""
    return Change(seq=seq, tenant=tenant, posting=posting)


def index_of(postings: Iterable[Posting], firms: Iterable[Enterprise] = (), *, tenant: str = TENANT) -> PostingIndex:
    """Return an index of these postings; a firm that is not given is known by id alone."""
    offered, known = list(postings), list(firms)
    names = {posting.enterprise_id for posting in offered} - {firm.id for firm in known}
    known += [Enterprise(id=name, name=name) for name in sorted(names)]
    index = PostingIndex(StubEncoder())
    index.apply([firm_change(firm, tenant=tenant) for firm in known])
    index.apply([posting_change(posting, tenant=tenant) for posting in offered])
    return index
