"""The store and the values it gives and takes."""

from service.store.capacity import CommitmentRecord, CommitmentState
from service.store.deal_log import Disclosure, Step
from service.store.deals import Deals
from service.store.events import EventRecord, EventVersion, IssuedList
from service.store.identity import KeyInfo, Tenant
from service.store.jobs import Job, JobState, Problem
from service.store.labels import Label
from service.store.names import Suggestion, SuggestionState
from service.store.outcomes import NewOutcome, OutcomeRecord
from service.store.people import User
from service.store.rows import Page, enterprise_version, version_of
from service.store.sequenced import Outcome, Written
from service.store.shown import Shown, ShownItem
from service.store.store import Store
from service.store.trouble import Unavailable

__all__ = [
    "CommitmentRecord",
    "CommitmentState",
    "Deals",
    "Disclosure",
    "EventRecord",
    "EventVersion",
    "IssuedList",
    "Job",
    "JobState",
    "KeyInfo",
    "Label",
    "NewOutcome",
    "Outcome",
    "OutcomeRecord",
    "Page",
    "Problem",
    "Shown",
    "ShownItem",
    "Step",
    "Store",
    "Suggestion",
    "SuggestionState",
    "Tenant",
    "Unavailable",
    "User",
    "Written",
    "enterprise_version",
    "version_of",
]
