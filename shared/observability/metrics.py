"""Metrics: prometheus-client directly, with the house's names.

A metric that shows whether a promise is kept starts with the number of the guarantee in two digits and says its
unit: `g07_verified_through_age_seconds`. What only shows how the machine works starts with `http_`, `bus_`,
`portal_`, `timer_`, `database_` or `process_`. Labels are small closed sets; an identifier or a name is never a
label (guarantee G12).
"""

import re
from collections.abc import Iterable

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Gauge, Histogram, generate_latest

_NAMES = re.compile(r"^(g\d\d|http|bus|portal|timer|database|process|python|ingest|disclosure|repair|sync)_[a-z0-9_]+$")
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Buckets for what a caller waits for."""

http_request_seconds = Histogram(
    "http_request_seconds",
    "How long a request took, from its first byte to the end of the answer.",
    ("service", "method", "route", "status"),
    buckets=SECONDS,
)
http_requests_in_flight = Gauge("http_requests_in_flight", "Requests being worked on now.", ("service",))


def rendered(registry: CollectorRegistry = REGISTRY) -> tuple[bytes, str]:
    """The exposition of all metrics of this process, and its media type."""
    return generate_latest(registry), CONTENT_TYPE_LATEST


def misnamed(registry: CollectorRegistry = REGISTRY) -> list[str]:
    """Names of metrics that break the naming rule, for a structural test."""
    return sorted(name for name in _registered(registry) if not _NAMES.match(name))


def of_guarantee(number: int, registry: CollectorRegistry = REGISTRY) -> list[str]:
    """Names of the metrics by which an operator watches one guarantee."""
    return sorted(name for name in _registered(registry) if name.startswith(f"g{number:02d}_"))


def _registered(registry: CollectorRegistry) -> Iterable[str]:
    return {family.name for family in registry.collect()}
