"""A typed client of the HTTP API; it needs httpx and pydantic, and nothing else of this package."""

from service.client.client import Client
from service.client.errors import ApiError
from service.client.models import (
    Change,
    Check,
    Deal,
    Enterprise,
    Import,
    Match,
    Matches,
    Outcome,
    Posting,
    Recommendations,
    Removed,
    RowResult,
    Written,
)
from service.client.webhooks import WebhookError, verify_webhook

__all__ = [
    "ApiError",
    "Change",
    "Check",
    "Client",
    "Deal",
    "Enterprise",
    "Import",
    "Match",
    "Matches",
    "Outcome",
    "Posting",
    "Recommendations",
    "Removed",
    "RowResult",
    "WebhookError",
    "Written",
    "verify_webhook",
]
