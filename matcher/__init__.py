"""融通 as a library: understand, retrieve, match and rank offers and requests of large and small firms."""

import os

__version__ = "0.1.0"

# onnxruntime ≥ 1.29 names the machine in a file and reports to its maker as soon as it is imported, unless this is set.
os.putenv("ORT_DISABLE_TELEMETRY", "1")
