"""ingest (归集): is this row a valid, new, changed, void or repeated record, and may this source send it?

It never decides whether a record may be shown. Serves G01 (nothing acknowledged is lost) and G02 (one verdict a row).
"""
