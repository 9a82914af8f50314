"""What operators watch about disclosure, one metric a guarantee."""

from prometheus_client import Counter, Gauge

STALE_RECORDS = Counter("g06_stale_records_refused", "Older generations of a record refused by disclosure")
TAKEN_DOWN = Counter("g04_publications_taken_down", "Publications ordered offline", ["reason"])
OVERDUE = Gauge("g04_publications_overdue", "Publications still online after their last lawful day")
REEVALUATED = Counter("g03_records_judged_anew", "Records judged anew after an adoption or a version boundary")
