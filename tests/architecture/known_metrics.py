"""The metrics that the code declares, by the names under which a collector sees them."""

from collections.abc import Iterator
from importlib import import_module

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric

from tests.architecture.source import modules

_FROM_LIBRARY = ("python_", "process_")
_PARTS = {
    "counter": ("_total",),
    "histogram": ("", "_bucket", "_count", "_sum"),
    "gauge": ("",),
}


def sample_names() -> set[str]:
    """Every name that may stand in a rule or a document."""
    return {name for family in _families() for name in _names(family)}


def guarantee_metrics() -> set[str]:
    """The families that watch a guarantee, under their first name."""
    return {_names(family)[0] for family in _families() if family.name[0] == "g" and family.name[1:3].isdigit()}


def _families() -> Iterator[Metric]:
    for module in modules("shared", "services"):
        if "prometheus_client" in module.text:
            import_module(module.path.removesuffix(".py").replace("/", "."))
    return (family for family in REGISTRY.collect() if not family.name.startswith(_FROM_LIBRARY))


def _names(family: Metric) -> list[str]:
    return [family.name + part for part in _PARTS[family.type]]
