"""Where the texts behind an index are read back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from matcher.domain import Enterprise, Posting
from matcher.index.corpus import Key


class Records(Protocol):
    """Where the texts behind the index are read back."""

    def postings(self, keys: Sequence[Key]) -> Mapping[Key, Posting]:
        """Return the postings that exist among `keys`."""

    def enterprises(self, keys: Sequence[Key]) -> Mapping[Key, Enterprise]:
        """Return the enterprises that exist among `keys`."""


@dataclass(frozen=True, slots=True)
class Record:
    """A posting and its firm."""

    posting: Posting
    firm: Enterprise


def together(records: Records, keys: Sequence[Key]) -> dict[Key, Record]:
    """Return the postings that exist among `keys` and whose firms exist, each with its firm."""
    postings = records.postings(keys)
    firms = records.enterprises([(tenant, posting.enterprise_id) for (tenant, _), posting in postings.items()])
    found = {key: (posting, firms.get((key[0], posting.enterprise_id))) for key, posting in postings.items()}
    return {key: Record(posting, firm) for key, (posting, firm) in found.items() if firm is not None}


class MemoryRecords:
    """Records kept in two dictionaries."""

    def __init__(self) -> None:
        self.known_postings: dict[Key, Posting] = {}
        self.known_enterprises: dict[Key, Enterprise] = {}

    def postings(self, keys: Sequence[Key]) -> Mapping[Key, Posting]:
        """Return the postings that exist among `keys`."""
        return {key: self.known_postings[key] for key in keys if key in self.known_postings}

    def enterprises(self, keys: Sequence[Key]) -> Mapping[Key, Enterprise]:
        """Return the enterprises that exist among `keys`."""
        return {key: self.known_enterprises[key] for key in keys if key in self.known_enterprises}
