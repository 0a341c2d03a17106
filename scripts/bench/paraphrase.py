"""Makes a judged set that asks the same in other words: `paraphrase.py SET PATTERNS OUT`.

PATTERNS has one sentence a line; {A} is what the asker makes, {B} what it seeks, {X} the product sought. Queries take the
patterns in turn; docs and judgements stay as they are. OUT holds the set's own data: keep it out of the project.
"""

import json
import shutil
from argparse import ArgumentParser
from pathlib import Path

NAMES = {"A": "downstream", "B": "upstream", "X": "product"}


def paraphrased(row: dict[str, str], pattern: str) -> dict[str, str]:
    """Return a query that asks for what `row` asks, in the words of a pattern."""
    text = pattern
    for letter, name in NAMES.items():
        text = text.replace(f"{{{letter}}}", row.get(name, ""))
    return {"id": row["id"], "text": text}


def main() -> None:
    """Write the paraphrased set."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("set", type=Path)
    parser.add_argument("patterns", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    patterns = options.patterns.read_text(encoding="utf-8").split("\n")
    patterns = [line for line in patterns if line.strip()]
    rows = [json.loads(line) for line in (options.set / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
    made = [paraphrased(row, patterns[n % len(patterns)]) for n, row in enumerate(rows)]
    options.out.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made)
    (options.out / "queries.jsonl").write_text(lines, encoding="utf-8")
    for name in ("docs.jsonl", "qrels.tsv"):
        shutil.copyfile(options.set / name, options.out / name)


if __name__ == "__main__":
    main()
