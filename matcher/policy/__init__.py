"""Dated rules as pure functions, each returning a `Ruling` that cites its clause."""

from matcher.policy.ruling import Ruling
from matcher.policy.size_class import size_class

__all__ = ["Ruling", "size_class"]
