"""What happened to the records: the feed that an index follows."""

from dataclasses import dataclass

from matcher.domain import Enterprise, Posting, SizeClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The latest state of one record of `tenant` at sequence number `seq`; exactly one of the four records is set.

    An `enterprise` comes with its `computed_size`. A `removed_…` id is gone, whether deleted or merged into another.
    """

    seq: int
    tenant: str
    enterprise: Enterprise | None = None
    posting: Posting | None = None
    computed_size: SizeClass | None = None
    removed_enterprise: str | None = None
    removed_posting: str | None = None
