"""A posting or a query as retrieval reads it: what it is about, told from who asks and from its wrapper."""

from dataclasses import dataclass
from functools import lru_cache

from matcher.asking import Sought, sought
from matcher.domain import Posting, PostingKind, Query
from matcher.taxonomy import kinds

_TITLE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`title` is what is sought or offered in few words, with its keywords; `detail` all that describes it further."""

    title: str
    detail: str | None

    def fields(self) -> dict[str, str]:
        """Return the texts to encode by field name; a title cut from the start of its detail is not encoded twice."""
        if self.detail is None:
            return {"title": self.title}
        if self.detail.startswith(self.title):
            return {"detail": self.detail}
        return {"title": self.title, "detail": self.detail}

    def lexical(self) -> str:
        """Return what the lexical indexes read."""
        if self.detail is None or self.detail.startswith(self.title):
            return self.detail or self.title
        return f"{self.title}\n{self.detail}"


def read_posting(posting: Posting) -> Reading:
    """Return a posting as retrieval reads it."""
    return _read(posting.kind, posting.title, posting.detail, posting.keywords)


def read_query(query: Query) -> Reading:
    """Return a query as retrieval reads it."""
    return _read(query.kind, query.title, query.detail, query.keywords)


@lru_cache(maxsize=8192)
def _read(kind: PostingKind, title: str, detail: str | None, keywords: tuple[str, ...]) -> Reading:
    """Return the reading of a text; a title that only opens its detail is found anew in the whole."""
    side, body = kinds()[kind].side, (detail or "").strip() or None
    if body is not None and body.startswith(title):
        found = sought(body, side=side)
        if found.title == " ".join(body.split()) or len(found.title) > _TITLE:
            found = Sought(title=title, detail=body)
    else:
        found = sought(title, body, side=side)
    extra = [word for word in keywords if word not in found.title]
    return Reading(title="，".join([found.title, *extra]), detail=found.detail)
