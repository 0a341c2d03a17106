"""What a check-up finds."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How a check came out."""

    WELL = "正常"
    LOOK = "注意"
    BROKEN = "错误"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, what was found, and what to do (empty when all is well)."""

    about: str
    grade: Grade
    found: str
    remedy: str = ""


def well(about: str, found: str) -> Finding:
    """Return a finding that asks for nothing."""
    return Finding(about, Grade.WELL, found)


def look(about: str, found: str, remedy: str) -> Finding:
    """Return a finding that somebody should look at."""
    return Finding(about, Grade.LOOK, found, remedy)


def broken(about: str, found: str, remedy: str) -> Finding:
    """Return a finding that keeps something from working."""
    return Finding(about, Grade.BROKEN, found, remedy)
