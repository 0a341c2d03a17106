"""Fixtures of the store's own tests."""

from tests.databases import clock, database_url, empty_database, store

__all__ = ["clock", "database_url", "empty_database", "store"]
