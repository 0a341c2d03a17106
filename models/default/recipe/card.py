"""Renders the model card from the built files and the figures that `scripts/bench/encoder.py` measured."""

import hashlib
import json
from pathlib import Path
from string import Template

HERE = Path(__file__).parent
MEGABYTE = 1_000_000


def render_card(folder: Path, *, kept: int, total: int) -> str:
    """Return the card's Markdown for the artefact in `folder`, which keeps `kept` of `total` pieces."""
    names = ("model.onnx", "tokenizer.json", "encoder.json")
    sizes = {name: (folder / name).stat().st_size for name in names}
    rows = [f"| `{name}` | {size / MEGABYTE:.1f} | `{sha256(folder / name)}` |" for name, size in sizes.items()]
    figures = json.loads((HERE / "figures.json").read_text(encoding="utf-8"))
    template = Template((HERE / "card.md").read_text(encoding="utf-8"))
    counts = {"kept": f"{kept:,}", "total": f"{total:,}", "megabytes": f"{sum(sizes.values()) / MEGABYTE:.1f}"}
    shown = {name: f"{value:.4g}" for name, value in figures.items()}
    return template.substitute(shown, files="\n".join(rows), **counts)


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
