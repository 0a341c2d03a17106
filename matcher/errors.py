"""The one error type of the library."""


class MatcherError(Exception):
    """An error a person can act on: a stable English `code`, a Chinese `message` naming the place and the remedy."""

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details

    def __str__(self) -> str:
        return f"{self.message}（{self.code}）"
