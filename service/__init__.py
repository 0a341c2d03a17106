"""融通 as a product: store, use-cases, HTTP API and command line over the library `matcher`."""
