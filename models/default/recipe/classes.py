"""Encodes every industry class once, so that a fresh start need not: run after `build.py` or a change of the terms.

`python models/default/recipe/classes.py` writes `models/default/classes.npz`, tied to the encoder and to the terms.
"""

from pathlib import Path

import numpy as np

from matcher.encoder import OnnxEncoder, TextSide
from matcher.tagging import measured, terms_digest

FOLDER = Path(__file__).resolve().parents[1]


def main() -> None:
    """Write the vectors as float16."""
    encoder = OnnxEncoder.load(FOLDER)
    found = measured(encoder)
    query, passage = (found.centres[side].astype(np.float16) for side in (TextSide.QUERY, TextSide.PASSAGE))
    np.savez_compressed(
        FOLDER / "classes.npz",
        matrix=found.matrix.astype(np.float16),
        query=query,
        passage=passage,
        encoder=np.array(encoder.fingerprint),
        terms=np.array(terms_digest()),
    )


if __name__ == "__main__":
    main()
