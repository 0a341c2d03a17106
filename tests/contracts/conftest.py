"""Fixtures of the contract suites."""

from tests.databases import clock, database_url, store

__all__ = ["clock", "database_url", "store"]
