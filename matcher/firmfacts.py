"""What is known of a firm beside its own record: certificates, evidence, and the people to call."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """A certificate or title a firm holds; `batch` of a title, `source` and `verified_on` say how it is known."""

    name: str
    number: str | None = None
    batch: str | None = None
    issued: date | None = None
    expires: date | None = None
    source: str | None = None
    verified_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A dated fact about a firm: its answer (`met`) to a condition `asked` in words, or what it `said` or showed.

    It counts from `on` to `expires`, both inclusive; `source` says who told or which paper shows it.
    """

    id: str
    on: date
    source: str
    asked: str = ""
    met: bool | None = None
    said: str | None = None
    expires: date | None = None
    posting_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How to reach a firm. Kept apart from postings and never logged."""

    name: str | None = None
    title: str | None = None
    phone: str | None = None
    email: str | None = None
