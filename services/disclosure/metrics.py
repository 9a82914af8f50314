"""What operators watch about disclosure, one metric a guarantee."""

from prometheus_client import Counter, Gauge

STALE_RECORDS = Counter("g06_stale_records_refused", "Older generations of a record refused by disclosure")
TAKEN_DOWN = Counter("g04_publications_taken_down", "Publications ordered offline", ["reason"])
ENFORCEMENT_OPEN = Gauge("disclosure_enforcement_tasks_open", "Tasks for enforcement (执行督办) that nobody has closed")
ENFORCEMENT_OPENED = Counter(
    "disclosure_enforcement_tasks_opened",
    "Tasks opened for unperformed penalties that left the public at their maximum",
)
OVERDUE = Gauge("g04_publications_overdue", "Publications still online after their last lawful day, at most 1,000")
FORESEEN_WAITING = Gauge(
    "g04_foreseen_ends_waiting",
    "Records hidden by a version of the law that has begun and not yet judged by it, at most a slice",
)
REEVALUATED = Counter("g03_records_judged_anew", "Records judged anew after an adoption or a version boundary")
RESTORED = Counter("g06_publications_restored", "Publications that a person showed again after packs proved wrong")
RECOMPUTED = Counter("g03_windows_recomputed", "Stored windows computed again by the nightly self-check", ["result"])
FORMS_REFUSED = Counter("g16_forms_refused", "Monthly forms whose figures did not add up")
FORMS_OVERDUE = Gauge("g16_forms_overdue", "Monthly forms whose due day is over and which nobody has filed")
LEDGER_DIFFERENCES = Gauge("g16_ledger_differences", "Records whose ledger entries differ from what the column did")
NOTICES_WAITING = Gauge("disclosure_notices_waiting", "Reminders that wait to be sent", ["kind"])
NOTICES_SENT = Counter("disclosure_notices_sent", "Reminders that a channel took, or repair was told of", ["kind"])
NOTICES_FAILED = Counter("disclosure_notices_failed", "Reminders that a channel did not take", ["kind"])
SERIOUS_IN_FORCE = Gauge("disclosure_serious_entries_in_force", "Entries of the serious list in force")
SERIOUS_DUE = Gauge("g04_serious_entries_overdue", "Entries of the serious list in force after their last day")
SERIOUS_LATE = Gauge("disclosure_serious_removals_late", "Applications for early removal past a deadline of the rule")
