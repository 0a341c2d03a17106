"""What the service tells of itself: an id and a log line for every request, and numbers for Prometheus."""

import logging
import re
from collections.abc import Iterator
from time import perf_counter
from uuid import uuid4

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matcher.stages import measured
from service.audit import ACTOR
from service.auth import SYSTEM, Actor
from service.deps import Parts
from service.errors import CODE
from service.limits import header
from service.logs import FIELDS, REQUEST

log = logging.getLogger(__name__)

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_STAGE_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REFUSALS = frozenset({429, 503})


class Metrics:
    """The numbers of one application; labels are route templates, never paths, so they are few and tell nothing."""

    def __init__(self, parts: Parts) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "rongtong_request_seconds",
            "Time of a request, by route template",
            ("route", "method", "status"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.stages = Histogram(
            "rongtong_stage_seconds",
            "Time of a request in one stage, by route template",
            ("route", "stage"),
            buckets=_STAGE_SECONDS,
            registry=self.registry,
        )
        self.refusals = Counter(
            "rongtong_refusals", "Requests refused for now (429, 503)", ("reason",), registry=self.registry
        )
        self.in_flight = Gauge("rongtong_in_flight", "Requests at work or in line", registry=self.registry)
        ProcessCollector(registry=self.registry)
        self.registry.register(_State(parts))

    def text(self) -> bytes:
        """Return every number in Prometheus' text format."""
        return generate_latest(self.registry)


class _State(Collector):
    """What is asked of the parts when somebody looks."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def describe(self) -> list[GaugeMetricFamily]:
        """Return nothing: to be registered is no reason to ask the database."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Return the state of index, cache and queue; without the database what it would tell is left out."""
        engine = self._parts.engine
        yield GaugeMetricFamily("rongtong_index_postings", "Postings in the index", engine.size)
        yield GaugeMetricFamily("rongtong_index_seq", "Sequence number of the index", engine.seq)
        cache = CounterMetricFamily("rongtong_embedding_cache", "Texts looked up in the cache", labels=["use", "found"])
        for use, encoder in (("index", self._parts.encoder), ("query", engine.asking)):
            cache.add_metric([use, "hit"], encoder.hits)
            cache.add_metric([use, "miss"], encoder.misses)
        yield cache
        try:
            behind, counts = engine.behind(), self._parts.store.jobs.counts(SYSTEM)
        except Exception:
            # A scrape goes on without the database: it is then that the other numbers are wanted.
            log.exception("读取数据库的指标时出错")
            yield GaugeMetricFamily("rongtong_database_up", "Whether the database answers", 0)
            return
        yield GaugeMetricFamily("rongtong_database_up", "Whether the database answers", 1)
        yield GaugeMetricFamily("rongtong_index_lag", "Sequence numbers the index is behind the database", behind)
        jobs = GaugeMetricFamily("rongtong_jobs", "Background jobs by state", labels=["state"])
        for state, count in counts.items():
            jobs.add_metric([state], count)
        yield jobs


class Observed:
    """Gives every request an id, times it, and writes its line."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = _request_id(scope)
        scope.setdefault("state", {})
        status = 500

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request.encode())]
            await send(message)

        token = REQUEST.set(request)
        started = perf_counter()
        try:
            with self._metrics.in_flight.track_inprogress(), measured() as stages:
                await self.app(scope, receive, numbered)
        finally:
            self._note(scope, status, perf_counter() - started, stages)
            REQUEST.reset(token)

    def _note(self, scope: Scope, status: int, seconds: float, stages: dict[str, float]) -> None:
        route = getattr(scope.get("route"), "path", None) or "-"
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        code = scope["state"].get(CODE)
        self._metrics.requests.labels(route, method, str(status)).observe(seconds)
        for name, took in stages.items():
            self._metrics.stages.labels(route, name).observe(took)
        if status in _REFUSALS:
            self._metrics.refusals.labels(code or str(status)).inc()
        fields = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1), "code": code}
        log.info("请求", extra={FIELDS: fields | _who(scope["state"].get(ACTOR))})


def _who(actor: object) -> dict[str, str | None]:
    if not isinstance(actor, Actor):
        return {"actor": "anonymous"}
    kind = "organisation" if actor.organisation else "platform"
    return {"actor": kind, "tenant": actor.tenant, "key": actor.key}


def _request_id(scope: Scope) -> str:
    given = header(scope, b"x-request-id")
    return given if _SANE.fullmatch(given) else uuid4().hex
