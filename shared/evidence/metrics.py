"""What an operator watches of the audit log (guarantee G14). Labels are services, never anything of an entry."""

from prometheus_client import Counter, Gauge

ENTRIES = Counter("g14_audit_entries_total", "Entries committed to the audit log", ["service"])
UNLINKED_OLDEST = Gauge(
    "g14_audit_unlinked_oldest_seconds", "Age of the oldest entry that has no place in the chain yet", ["service"]
)
UNSEALED_OLDEST = Gauge(
    "g14_audit_unsealed_oldest_seconds", "Age of the oldest link that no signed head covers yet", ["service"]
)
CHAIN_BROKEN = Gauge(
    "g14_chain_broken", "1 when the last verification found the audit log altered, else 0", ["service"]
)
RULES_IN_FORCE = Gauge(
    "g11_rules_in_force", "1 for the rule files of this process, by their digest", ["service", "digest"]
)
