"""What this shop's web processes have answered, as Prometheus reads it: one truth over
all of them.

Each process counts in files of its own under PROMETHEUS_MULTIPROC_DIR, which the start
of the web server sets and empties; whoever is asked adds them up. Labels are few on
purpose: an area of the site, a method, a status.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY

from retention_site import shop_metrics

AREAS = frozenset(
    "admin v1 hooks callbacks health metrics c o u p push confirm".split()
)
METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

answered = Counter(
    "rapport_requests", "Requests that were answered", ["area", "method", "status"]
)
took = Histogram(
    "rapport_request_seconds", "Seconds until the answer", ["area"], buckets=SECONDS
)


class CountRequests:
    """Count each request by the area of the site that it asks for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        area = request.path_info.lstrip("/").partition("/")[0]
        area = area if area in AREAS else "other"
        method = request.method if request.method in METHODS else "other"
        took.labels(area).observe(time.perf_counter() - started)
        answered.labels(area, method, str(response.status_code)).inc()
        return response


def text() -> bytes:
    """Return everything counted, of all web processes, and what the database says."""
    return generate_latest(_of_processes()) + generate_latest(_of_database())


def _of_processes() -> CollectorRegistry:
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not folder or not Path(folder).is_dir():
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)
    return together


def _of_database() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Database())
    return registry


class _Database:
    """What the shop's rows say; one gauge where the database is away."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("rapport_database_up", "1 while the database answers")
        try:
            found = list(shop_metrics.families())
        except DatabaseError:
            found = []
        up.add_metric([], 1 if found else 0)
        yield up
        yield from found
