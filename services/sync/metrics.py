"""What operators watch about sync, one metric a guarantee."""

from prometheus_client import Counter, Gauge, Histogram

STALE_ORDERS = Counter("g06_stale_orders_refused", "Older generations refused by the fence", ["portal"])
PUSHES = Counter("portal_pushes", "Orders sent to a portal, by what it answered", ["portal", "outcome"])
LOOKS = Counter("portal_looks", "Looks at a portal's public face, by what they showed", ["portal", "sight"])
ABSENCE_SECONDS = Histogram(
    "g05_seconds_from_order_to_observed_absence",
    "From the take-down order to the first look that found the record gone everywhere",
    ["portal"],
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400, 259200),
)
VERIFIED_AGE = Gauge("g07_verified_through_age_seconds", "Age of the last complete scan of a portal", ["portal"])
DRIFTS = Counter("g08_drifts_found", "Differences found by reconciliation", ["portal", "kind"])
MENDS = Counter("g08_mends_ordered", "Orders repeated to make a portal agree again", ["portal"])
