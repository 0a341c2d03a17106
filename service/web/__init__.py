"""Pages for people: siblings of the HTTP API over the same use-cases."""
