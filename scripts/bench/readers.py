"""How fast conditions are read from texts, and how reading time grows on hostile ones.

usage: python scripts/bench/readers.py TEXTS.jsonl… (rows with `title` and `detail`, or `text`)
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from matcher.quantity import required, stated

ROUNDS = 5
SHORT, LONG = 5_000, 20_000
WORST = 10
HOSTILE = (
    *(
        "1",
        "一二三四",
        "1,",
        "1-",
        "1~",
        "1×",
        "1、",
        "1.",
        "8:00-",
        "不",
        "（",
        "每周",
        "2024年",
        "ISO ",
        "万",
        " ",
        "≥",
    ),
    *(
        "的",
        "与",
        "需要",
        "省内",
        "航空",
        "百分之",
        "24小时",
        "500件",
        "苏州",
        "3台",
        "周一、",
        "IT7",
        "面积100㎡",
        "，",
        "半",
    ),
    *("1-2024年一二每周", "（1,不≥万 ", "不超过1~5万件/月、", "ISO 9001、2024年每周一至五8:00-", "距上海100公里以内，"),
)
TAILS = ("", "行车认证。件", "好好好好甲醛", "天预约")


def texts(paths: Sequence[str]) -> Iterator[str]:
    """Yield the titles, details and texts of the rows of files."""
    for path in paths:
        for row in Path(path).read_text(encoding="utf-8").splitlines():
            fields = json.loads(row)
            yield from (fields[name] for name in ("title", "detail", "text") if fields.get(name))


def seconds(listed: Sequence[str]) -> float:
    """Return the processor seconds that both readers take over texts."""
    begun = time.process_time()
    for text in listed:
        required(text, "detail")
        stated(text, "detail")
    return time.process_time() - begun


def grown(piece: str, tail: str) -> tuple[float, float]:
    """Return the seconds on a long hostile text, and how many times those on a short one they are."""
    short, long = (seconds([piece * (size // len(piece)) + tail]) for size in (SHORT, LONG))
    return long, long / max(short, 1e-6)


def main(paths: Sequence[str]) -> None:
    """Write texts a second, then the hostile texts that take longest."""
    seconds(["须有100件起订的五轴加工中心"])
    if listed := list(texts(paths)):
        speed = len(listed) / min(seconds(listed) for _ in range(ROUNDS))
        mean = sum(map(len, listed)) / len(listed)
        sys.stdout.write(f"{len(listed)} 条，平均 {mean:.0f} 字：两个读取器合计每秒 {speed:.0f} 条\n")
    rows = sorted(((*grown(piece, tail), piece, tail) for piece in HOSTILE for tail in TAILS), reverse=True)
    sys.stdout.write(f"敌意文本 {len(rows)} 种，{LONG} 字最慢的 {WORST} 种（秒，{SHORT} 到 {LONG} 字的倍数）：\n")
    for long, ratio, piece, tail in rows[:WORST]:
        sys.stdout.write(f"{long:.2f}  ×{ratio:.1f}  {piece}…{tail}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
