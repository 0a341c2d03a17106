"""What holds for every test."""

from hypothesis import settings

# Nothing here asserts on time: a slow machine fails no property.
settings.register_profile("rongtong", deadline=None)
settings.load_profile("rongtong")
