"""Texts with what they seek in brackets, to be read without the brackets."""

from matcher.asking import sought
from matcher.domain import Side


def wanted(marked: str) -> str:
    """Return what stands in brackets."""
    return marked[marked.index("[") + 1 : marked.index("]")]


def read(marked: str) -> str:
    """Return what the text is read to seek."""
    return sought(marked.replace("[", "").replace("]", ""), side=Side.REQUEST).title
