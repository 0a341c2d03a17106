"""How far trained scores can be trusted: a reliability curve by cross-validation on a judged set.

usage: python scripts/bench/calibration.py DIR [--out models/ranker/reliability.svg]
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from matcher import evaluate
from matcher.domain import PostingKind
from matcher.learn_figures import Point
from matcher.learn_judged import Lists, trial
from matcher.rank import prior
from service.config import load_settings, prepare_data_dir
from service.runtime import open_encoder

OUT = Path(__file__).resolve().parents[2] / "models" / "ranker" / "reliability.svg"
SIZE, EDGE = 360, 48
COLOURS = {"训练后": "#0b6bcb", "未训练": "#999999"}


def place(point: Point) -> tuple[float, float]:
    """Return where a point lies on the picture."""
    span = SIZE - 2 * EDGE
    return EDGE + span * point.score, SIZE - EDGE - span * point.relevant


def line(points: Sequence[tuple[float, float]], style: str) -> str:
    """Return a line through points."""
    return f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" fill="none" {style}/>'


def label(x: float, y: float, text: str, style: str = 'text-anchor="middle"') -> str:
    """Return a text."""
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{text}</text>'


def curve(points: Sequence[Point], colour: str) -> list[str]:
    """Return a curve with its points."""
    placed = [place(point) for point in points]
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in placed]
    return [line(placed, f'stroke="{colour}" stroke-width="1.5"'), *dots]


def picture(curves: dict[str, Sequence[Point]]) -> str:
    """Return reliability curves as SVG: what was said to the right, what was true upwards."""
    low, high, span = EDGE, SIZE - EDGE, SIZE - 2 * EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" font-family="sans-serif" font-size="11">',
        f'<rect width="{SIZE}" height="{SIZE}" fill="white"/>',
        line([(low, low), (low, high), (high, high)], 'stroke="#333"'),
        line([(low, high), (high, low)], 'stroke="#bbb" stroke-dasharray="4 4"'),
    ]
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts.append(label(low + span * share, high + 16, f"{share:.1f}"))
        parts.append(label(low - 8, high - span * share + 4, f"{share:.1f}", 'text-anchor="end"'))
    parts += [label(SIZE / 2, SIZE - 10, "分数"), label(low, low - 14, "实际相关的比例")]
    for n, (name, points) in enumerate(curves.items()):
        parts += curve(points, COLOURS[name])
        parts.append(label(low + 14, low + 14 + 16 * n, name, f'fill="{COLOURS[name]}"'))
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    settings = load_settings()
    prepare_data_dir(settings)
    encoder = open_encoder(settings)
    judged = evaluate.load_set(options.set)
    index = evaluate.build(judged, encoder, PostingKind.CAPABILITY, lambda done, total: None)
    queries = evaluate.queries_of(judged, PostingKind.NEED)
    lists = Lists.collect(index, queries, evaluate.encoded(queries, encoder), judged.grades)
    tried = trial(lists, lists.examples(prior()), prior())
    encoder.close()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(picture({"训练后": tried.after.curve, "未训练": tried.before.curve}), encoding="utf-8")
    named = {"untrained": tried.before, "trained": tried.after}
    figures = {
        name: {"ece": asdict(one.error), "points": [asdict(point) for point in one.curve]}
        for name, one in named.items()
    }
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
