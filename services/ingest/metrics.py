"""What operators watch about ingest: verdicts (guarantee G02), files that wait, the pull from another system,
looks at personal data (G12)."""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge

from services.ingest.receipt import Receipt

ROWS = Counter("g02_rows", "Rows that got their verdict", ["kind", "verdict"])
IMPORTS_WAITING = Gauge("g02_imports_waiting", "Complete files that are not read to their end")
IMPORT_AGE = Gauge("g02_import_standstill_seconds", "How long the most neglected of these files has stood still")
IMPORT_RATE = Gauge("g02_import_rows_per_second", "Rows a second of the files that this process reads now")
PULL_FAILURES = Counter("g02_pull_failures", "Pages that another system did not deliver", ["reason"])
PULL_AGE = Gauge("g02_pull_age_seconds", "Since another system was last read to its end", ["kind"])

QUARANTINED = Gauge(
    "g02_quarantined_rows", "Quarantined rows that wait for a person, by the code that stopped them", ["code"]
)
QUARANTINE_AGE = Gauge("g02_quarantine_oldest_seconds", "How long the oldest quarantined row has waited")

ORIGINALS_UNMASKED = Counter(
    "g12_originals_unmasked", "Records whose texts as they were sent were opened unmasked, with a reason"
)


def count_verdicts(receipt: Receipt) -> None:
    """To be called when the receipt is committed, once."""
    for verdict, number in receipt.counts.items():
        if number:
            ROWS.labels(receipt.kind, verdict).inc(number)


SILENT = Gauge(
    "g02_source_silent_working_days",
    "Working days that are over since a source last sent anything of a kind",
    ["source", "kind"],
)
EXPECTED = Gauge(
    "g02_source_expected_working_days",
    "In how many working days a source should have sent something; 0: nothing is expected",
    ["source", "kind"],
)


COUNTY_SILENT = Gauge(
    "g02_county_silent_working_days", "Working days that are over since rows of a county last came", ["county"]
)
COUNTY_EXPECTED = Gauge(
    "g02_county_expected_working_days",
    "In how many working days a county should bring something; 0: nothing is expected",
    ["county"],
)


def tell_counties(counties: Iterable[tuple[str, int]], expected: int) -> None:
    """Division and silent working days; what is not named any more disappears."""
    COUNTY_SILENT.clear()
    COUNTY_EXPECTED.clear()
    for county, silent in counties:
        COUNTY_EXPECTED.labels(county).set(expected)
        COUNTY_SILENT.labels(county).set(silent)


def tell_silence(sources: Iterable[tuple[str, str, int, int]]) -> None:
    """Source, kind, silent working days, expected working days; what is not named any more disappears."""
    SILENT.clear()
    EXPECTED.clear()
    for source, kind, silent, expected in sources:
        SILENT.labels(source, kind).set(silent)
        EXPECTED.labels(source, kind).set(expected)
