"""Encodes every industry class once, so that a fresh start need not: run after `build.py` or a change of the terms.

`python models/default/recipe/classes.py` writes `models/default/classes.npz`, tied to the encoder and to the terms.
"""

from pathlib import Path

import numpy as np

from matcher.encoder import OnnxEncoder
from matcher.tagging import measured, terms_digest

FOLDER = Path(__file__).resolve().parents[1]


def main() -> None:
    """Write the vectors as float16."""
    encoder = OnnxEncoder.load(FOLDER)
    found = measured(encoder)
    centres = {side.value: centre.astype(np.float16) for side, centre in found.centres.items()}
    named = {"encoder": np.array(encoder.fingerprint), "terms": np.array(terms_digest())}
    np.savez_compressed(FOLDER / "classes.npz", matrix=found.matrix.astype(np.float16), **centres, **named)


if __name__ == "__main__":
    main()
