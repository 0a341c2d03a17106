"""Enterprises, postings and contacts: the truth that every index is derived from."""

from service.store.contacts import Contacts
from service.store.evidence import EvidenceRoom
from service.store.group import Merging
from service.store.reading import Reading
from service.store.writing import Writing


class Records(Reading, Writing, Merging, Contacts, EvidenceRoom):
    """The records of a tenant, as one actor may see and change them."""
