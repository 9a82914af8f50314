"""What an operator sees of messaging: how much waits, how old it is, what failed.

Labels are services and queues, never anything of a record (guarantee G12). Watched for guarantee G01.
"""

from prometheus_client import Counter, Gauge, Histogram

OUTBOX_WAITING = Gauge(
    "g01_outbox_messages_waiting",
    "Committed messages that the broker has not confirmed yet; counted up to 100,000",
    ["service"],
)
OUTBOX_OLDEST = Gauge(
    "g01_outbox_oldest_age_seconds", "Age of the oldest message that waits for the broker", ["service"]
)
EVENTS_PUBLISHED = Counter("bus_events_published_total", "Events that the broker confirmed", ["service"])
MESSAGES_UNROUTABLE = Counter(
    "g01_messages_unroutable_total", "Messages whose routing key no queue hears, each time tried", ["service"]
)
EVENTS_HANDLED = Counter("bus_events_handled_total", "Events that took effect", ["queue"])
EVENTS_PARKED = Counter("g01_events_parked_total", "Events set aside for a person", ["queue"])
PARKED_SETTLED = Counter("bus_parked_events_settled_total", "Events set aside that a person decided about", ["remedy"])
MESSAGES_RETRIED = Counter("bus_messages_retried_total", "Messages sent back for a later attempt", ["queue", "reason"])
MESSAGES_DEAD = Counter("g01_messages_dead_lettered_total", "Messages that nothing can be done with", ["queue"])
DEAD_LETTERS = Gauge("g01_dead_letters", "Dead letters that wait for a person, by the queue they died in", ["queue"])
DEAD_LETTERS_REPLAYED = Counter(
    "bus_dead_letters_replayed_total", "Dead letters that a person sent back to their queue", ["queue"]
)
DEAD_LETTERS_DISCARDED = Counter(
    "bus_dead_letters_discarded_total", "Dead letters that a person decided to destroy", ["queue"]
)
HANDLING_SECONDS = Histogram(
    "bus_message_handling_seconds",
    "From taking a message to answering it",
    ["queue"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
