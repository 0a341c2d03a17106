"""The templates of pages and texts; whatever a page shows is escaped."""

from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from matcher.assets import asset


@lru_cache(maxsize=1)
def templates() -> Environment:
    """Return the templates in `data/pages`."""
    return Environment(
        loader=FileSystemLoader(asset("data", "pages")),
        autoescape=lambda name: not (name or "").endswith(".md.j2"),  # noqa: S701 - texts
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
