"""An attendee spreadsheet as organisers keep it → participants, their wishes, and what was not understood."""

from matcher.tabular.attendees.facts import read_facts
from matcher.tabular.attendees.link import Registry
from matcher.tabular.attendees.model import Attendance, EventFacts, Unclear
from matcher.tabular.attendees.names import Found, Names
from matcher.tabular.attendees.read import read_attendees
from matcher.tabular.attendees.times import Times, TimeWords

__all__ = [
    "Attendance",
    "EventFacts",
    "Found",
    "Names",
    "Registry",
    "TimeWords",
    "Times",
    "Unclear",
    "read_attendees",
    "read_facts",
]
