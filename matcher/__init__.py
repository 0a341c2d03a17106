"""融通 as a library: understand, retrieve, match and rank offers and requests of large and small firms."""

__version__ = "0.1.0"
