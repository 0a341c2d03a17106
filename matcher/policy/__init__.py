"""Dated rules as pure functions, each returning a `Ruling` that cites its clause."""

from matcher.policy.ruling import Finding, Ruling
from matcher.policy.size_class import size_class

__all__ = ["Finding", "Ruling", "size_class"]
