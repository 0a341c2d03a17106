"""The journeys of a platform, one method each."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx

from service.client.models import (
    Answer,
    Change,
    Check,
    Deal,
    Enterprise,
    Import,
    Matches,
    Outcome,
    Posting,
    Recommendations,
    Removed,
    RowResult,
    Written,
)
from service.client.transport import Transport, segment

One = TypeVar("One", bound=Answer)
Fields = Mapping[str, Any]

_BATCH = 1000
_POLL = 0.5


class Client:
    """A connection to a service: `with Client(url, key) as client: …`; `actor` names the person on whose behalf.

    Every method raises `ApiError` when the service refuses; what it is too busy to take is sent again by itself.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        actor: str | None = None,
        language: str = "zh",
        timeout: float = 30.0,
        retries: int = 5,
        http: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        made = http or httpx.Client(base_url=base_url, timeout=timeout)
        made.headers["Authorization"] = f"Bearer {key}"
        made.headers["Accept-Language"] = language
        if actor is not None:
            made.headers["X-Actor"] = quote(actor, safe="")
        self._transport = Transport(made, retries=retries, sleep=sleep)
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._transport.close()

    def put_enterprise(
        self, id_: str, fields: Fields, *, if_match: str | None = None, only_new: bool = False
    ) -> Written:
        """Create or replace an enterprise; given the `etag` that was read, only if nobody changed it since."""
        return self._put(f"/v1/enterprises/{segment(id_)}", fields, if_match, only_new)

    def get_enterprise(self, id_: str) -> Enterprise:
        """Return an enterprise."""
        return self._get(Enterprise, f"/v1/enterprises/{segment(id_)}")

    def delete_enterprise(self, id_: str, *, if_match: str | None = None) -> Removed:
        """Delete an enterprise with its postings and contacts."""
        return self._delete(f"/v1/enterprises/{segment(id_)}", if_match)

    def enterprises(self, **filters: str) -> Iterator[Enterprise]:
        """Yield the enterprises: by `name`, `industry`, `region`, `party`."""
        return self._every(Enterprise, "/v1/enterprises", filters)

    def put_enterprises(self, items: Iterable[Fields]) -> Iterator[RowResult]:
        """Yield what became of each enterprise, each with its `id`, however many; a bad one keeps no other out."""
        return self._batches("/v1/enterprises:batch", items)

    def put_posting(self, id_: str, fields: Fields, *, if_match: str | None = None, only_new: bool = False) -> Written:
        """Create or replace a posting; given the `etag` that was read, only if nobody changed it since."""
        return self._put(f"/v1/postings/{segment(id_)}", fields, if_match, only_new)

    def get_posting(self, id_: str) -> Posting:
        """Return a posting."""
        return self._get(Posting, f"/v1/postings/{segment(id_)}")

    def delete_posting(self, id_: str, *, if_match: str | None = None) -> Removed:
        """Delete a posting."""
        return self._delete(f"/v1/postings/{segment(id_)}", if_match)

    def postings(self, **filters: str) -> Iterator[Posting]:
        """Yield the postings: by `kind`, `enterprise_id`, `status`."""
        return self._every(Posting, "/v1/postings", filters)

    def put_postings(self, items: Iterable[Fields]) -> Iterator[RowResult]:
        """Yield what became of each posting, each with its `id`, however many; a bad one keeps no other out."""
        return self._batches("/v1/postings:batch", items)

    def match(self, text: str | None = None, kind: str | None = None, **options: Any) -> Matches:
        """Return matches of a text of a kind, or of a `posting_id`; with `k`, `filters`, `min_seq`, `strict`, `relax`."""
        asked = {"text": text, "kind": kind, **options}
        return self._post(Matches, "/v1/match", {name: value for name, value in asked.items() if value is not None})

    def recommend(self, enterprise_id: str, *, k: int = 10, direction: str = "both") -> Recommendations:
        """Return whom an enterprise can serve (`serve`), who can serve it (`served`), or both."""
        path = f"/v1/enterprises/{segment(enterprise_id)}/recommendations"
        return self._get(Recommendations, path, params={"k": k, "direction": direction})

    def check(self, fields: Fields) -> Check:
        """Return the score of a posting before it is published, with hints."""
        return self._post(Check, "/v1/postings:check", fields)

    def record_outcome(self, posting_id: str, stage: str, **fields: Any) -> Outcome:
        """Take down what became of a match: with `list_id`, `reason`, `note` and an `id` of one's own."""
        return self._post(Outcome, "/v1/outcomes", {"posting_id": posting_id, "stage": stage, **fields})

    def outcomes(self, **filters: str) -> Iterator[Outcome]:
        """Yield the outcomes as they were told; those of a `list_id`."""
        return self._every(Outcome, "/v1/outcomes", filters)

    def import_file(self, path: str | Path, **options: str) -> Import:
        """Upload a sheet and return its import, which goes on by itself; with `kind`, `mapping`, `source`, `full`."""
        chosen = Path(path)
        files = {"file": (chosen.name, chosen.read_bytes())}
        return Import.model_validate(self._transport.send("POST", "/v1/imports", files=files, data=options).json())

    def wait_import(self, id_: str, *, timeout: float = 600.0) -> Import:
        """Return an import once it is done or has failed.

        :raises TimeoutError: when it takes longer.
        """
        deadline = time.monotonic() + timeout
        while not (found := self._get(Import, f"/v1/imports/{segment(id_)}")).ended:
            if time.monotonic() > deadline:
                raise TimeoutError(id_)
            self._sleep(_POLL)
        return found

    def propose_deals(self, request_posting_id: str, offer_posting_ids: Sequence[str], **fields: Any) -> list[Deal]:
        """Return the deals of a request with offers; with `list_id`, `department`, `answer_by`, `requester_agreed`."""
        asked = {"request_posting_id": request_posting_id, "offer_posting_ids": list(offer_posting_ids), **fields}
        made = self._transport.send("POST", "/v1/deals", json=asked).json()
        return [Deal.model_validate(one) for one in made["deals"]]

    def deals(self, **filters: str) -> Iterator[Deal]:
        """Yield the deals: by `stage`, `enterprise_id`, `department`."""
        return self._every(Deal, "/v1/deals", filters)

    def answer_deal(self, id_: str, *, accept: bool, **fields: Any) -> Deal:
        """Accept or decline, with a `reason` and a `note`; only a key of one of the two firms can."""
        return self._post(Deal, f"/v1/deals/{segment(id_)}/answer", {"accept": accept, **fields})

    def report_deal(self, id_: str, **fields: Any) -> Deal:
        """Tell how a deal goes: `stage`, `ending`, `on`, `side`, `signed_wan`, `paid_wan`, `note`…"""
        return self._post(Deal, f"/v1/deals/{segment(id_)}/reports", fields)

    def changes(self, after: int = 0) -> Iterator[Change]:
        """Yield what changed since a sequence number, up to now; go on later from the last `seq`."""
        while True:
            found = self._transport.send("GET", "/v1/changes", params={"after": after, "limit": _BATCH}).json()["items"]
            yield from (Change.model_validate(one) for one in found)
            if not found:
                return
            after = found[-1]["seq"]

    def _put(self, path: str, fields: Fields, if_match: str | None, only_new: bool) -> Written:
        headers = ({"If-Match": if_match} if if_match else {}) | ({"If-None-Match": "*"} if only_new else {})
        return Written.model_validate(self._transport.send("PUT", path, json=dict(fields), headers=headers).json())

    def _delete(self, path: str, if_match: str | None) -> Removed:
        headers = {"If-Match": if_match} if if_match else {}
        return Removed.model_validate(self._transport.send("DELETE", path, headers=headers).json())

    def _get(self, kind: type[One], path: str, **sent: Any) -> One:
        answer = self._transport.send("GET", path, **sent)
        found = kind.model_validate(answer.json())
        tag = answer.headers.get("etag")
        return found.model_copy(update={"etag": tag}) if "etag" in kind.model_fields else found

    def _post(self, kind: type[One], path: str, body: Fields) -> One:
        return kind.model_validate(self._transport.send("POST", path, json=dict(body)).json())

    def _every(self, kind: type[One], path: str, filters: Mapping[str, str]) -> Iterator[One]:
        cursor: dict[str, str] = {}
        while True:
            page = self._transport.send("GET", path, params={**filters, **cursor, "limit": _BATCH}).json()
            yield from (kind.model_validate(one) for one in page["items"])
            if page["next"] is None:
                return
            cursor = {"cursor": page["next"]}

    def _batches(self, path: str, items: Iterable[Fields]) -> Iterator[RowResult]:
        source = iter(items)
        while batch := [dict(one) for one in islice(source, _BATCH)]:
            told = self._transport.send("POST", path, json={"items": batch}).json()["results"]
            yield from (RowResult.model_validate(one) for one in told)
