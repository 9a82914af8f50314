"""What operators watch about sync, one metric a guarantee."""

from prometheus_client import Counter, Gauge, Histogram

STALE_ORDERS = Counter("g06_stale_orders_refused", "Older generations refused by the fence", ["portal"])
PUSHES = Counter("portal_pushes", "Orders sent to a portal, by what it answered", ["portal", "outcome"])
ODD_ANSWERS = Counter(
    "portal_odd_answers", "Answers of a portal that tell nothing, by what is odd", ["portal", "oddity"]
)
LOOKS = Counter("portal_looks", "Looks at a portal's public face, by what they showed", ["portal", "sight"])
ABSENCE_SECONDS = Histogram(
    "g05_seconds_from_order_to_observed_absence",
    "From the take-down order to the first look that found the record gone everywhere",
    ["portal"],
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400, 259200),
)
TAKE_DOWNS_OVERDUE = Gauge(
    "g05_take_downs_overdue",
    "Take-downs whose last day has passed and whose absence was not seen; the reason is former_entry for an old key",
    ["portal", "reason"],
)
TAKE_DOWNS_DUE_SOON = Gauge(
    "g05_take_downs_due_soon",
    "Take-downs whose last day ends within 24 hours and whose absence was not seen yet",
    ["portal", "reason"],
)
VERIFIED_AGE = Gauge("g07_verified_through_age_seconds", "Age of the last complete scan of a portal", ["portal"])
RUNS_WAITING = Gauge(
    "portal_runs_waiting", "Reconciliation runs that wait until a portal may be read", ["portal", "reason"]
)
DRIFTS = Counter("g08_drifts_found", "Differences found by reconciliation", ["portal", "kind"])
MENDS = Counter("g08_mends_ordered", "Orders repeated to make a portal agree again", ["portal"])
FLAPPING = Counter("g08_flapping_found", "Differences that came back twice within a day after mending", ["portal"])
AWAITING = Gauge("g08_differences_awaiting_people", "Differences whose mending was left to people", ["portal"])
DIGESTS_WRONG = Gauge("g07_bucket_digests_wrong", "Kept bucket digests that differ from the rows, at the last audit")
DIGESTS_LIED = Counter("g07_portal_digests_lied", "Runs that found drift where the portal's digests agreed", ["portal"])
WAITING = Gauge("portal_orders_waiting", "Orders that still have to be sent", ["portal", "lane"])
OLDEST_WAITING = Gauge(
    "portal_oldest_order_age_seconds",
    "Age of the oldest order that still has to be sent; 0 without any",
    ["portal", "lane"],
)
STOPPED = Gauge("portal_channel_stopped", "1 while a person or the sentinel keeps orders from a portal", ["portal"])
CONTRACT = Gauge("portal_contract_departed", "1 while a portal's answers differ from what is known of them", ["portal"])
NEWEST_UNREADABLE = Gauge(
    "portal_newest_contents_unreadable",
    "Contents of the newest records of a portal that its sentinel could not read",
    ["portal"],
)
FILINGS_OVERDUE = Gauge(
    "portal_filings_overdue", "Forms at a portal whose next stage should have been reached", ["portal", "stage"]
)
OLDEST_UNDELIVERED = Gauge(
    "g13_oldest_undelivered_seconds", "Age of the oldest event that waits for a subscriber, by its state", ["state"]
)
OLDEST_UNNUMBERED = Gauge("g13_oldest_unnumbered_seconds", "Age of the oldest change without a place in the feed")
DELIVERIES = Counter("g13_deliveries", "Attempts to deliver to subscribers, by what came of them", ["outcome"])
SUBSCRIBERS = Gauge("g13_subscribers", "Webhook subscribers, by their state", ["state"])
READING_HELD = Gauge(
    "portal_reading_held", "1 while looks and receipts of a portal wait, by what holds them", ["portal", "reason"]
)
READING_WAITING = Gauge(
    "portal_reading_waiting", "Looks and questions for receipts that are due and not made", ["portal", "errand"]
)
OLDEST_READING = Gauge(
    "portal_oldest_reading_age_seconds", "Age of the oldest look or question that is due; 0 without any", ["portal"]
)
BREAKER = Gauge("portal_breaker_open", "1 while nothing but probes is sent to a portal", ["portal"])
DECIDED_DIFFERENCES = Gauge(
    "g01_decided_differences",
    "Records and audiences of which sync does not want what disclosure decided, by how they differ",
    ["kind"],
)
DECIDED_AGE = Gauge(
    "g01_decided_compared_age_seconds", "Time since a comparison with what disclosure decided ended well"
)
ORDERS_REPEATED = Counter("g01_lost_orders_repeated", "Records whose orders were lost and asked for again")
DECIDED_HELD = Gauge("g01_lost_orders_held", "Records whose lost orders wait for a person, above the limit")
