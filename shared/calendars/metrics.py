"""What operators watch about the working-day calendar, by service (guarantee G11)."""

from prometheus_client import Counter, Gauge

HORIZON = Gauge(
    "g11_calendar_horizon_days", "Days until the last announced day of the calendar as a service knows it", ["service"]
)
RECOUNTED = Counter("g11_deadlines_recounted", "Deadlines counted again because the calendar changed", ["service"])
