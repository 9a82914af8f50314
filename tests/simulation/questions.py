"""What the checks ask of the tables of the services."""

OF_CASES = "SELECT application_id, record_id FROM application JOIN application_record USING (application_id)"
APPROVED = f"{OF_CASES} WHERE state = 'approved'"
CLOSED = f"{OF_CASES} WHERE state = 'closed' AND outcome = 'approved'"
PLACED = """SELECT record_id, portal, portal_key, source_generation, generation, acknowledged_generation,
 observed_generation, coalesce(former_of, record_id), take_down FROM placement ORDER BY record_id, portal"""
FORMER = "SELECT former_of, portal, portal_key FROM placement WHERE former_of IS NOT NULL ORDER BY record_id"
FENCED = "SELECT record_id FROM disclosed_record WHERE withdrawn"
LAW = "SELECT record_id, audience, state, opens_on, offline_on FROM publication ORDER BY record_id, audience"
MARKS = """SELECT w.portal, max(w.verified_through), r.method, r.state
FROM watermark w JOIN reconciliation r USING (run_id)
GROUP BY w.portal ORDER BY w.portal"""
ACCUSED = """SELECT d.drift_id, d.portal, d.portal_key, d.record_id, d.kind, coalesce(d.seen, ''),
 coalesce(d.found_on, ''), r.method, r.started_at, d.found_at, p.acknowledged_at, d.mend_ordered_at IS NOT NULL
FROM drift d JOIN reconciliation r USING (run_id) JOIN placement p ON (p.record_id, p.portal) = (d.record_id, d.portal)
WHERE d.drift_id > ? AND d.confirmed AND r.attempt = 1 ORDER BY d.drift_id"""
KEPT = """SELECT bucket, sum(entries), sum(total) FROM (
 SELECT bucket, entries, total FROM bucket_digest WHERE portal = 'credit_china'
 UNION ALL SELECT bucket, entries, total FROM bucket_change WHERE portal = 'credit_china')
GROUP BY bucket HAVING sum(entries) <> 0 OR sum(total) <> 0"""
GIVEN = """SELECT bucket, count(*), sum(entry_digest) FROM placement
WHERE portal = 'credit_china' AND NOT take_down AND bucket IS NOT NULL GROUP BY bucket"""
BY_DIGESTS = """SELECT state, (SELECT count(*) FROM drift d WHERE d.run_id = r.run_id AND d.kind <> 'duplicate')
FROM reconciliation r WHERE method = 'digests' ORDER BY finished_at DESC LIMIT 1"""
OF_THE_MARK = """(SELECT run_id FROM watermark WHERE portal = ?1 ORDER BY verified_through DESC LIMIT 1)"""
UNKNOWN = f"SELECT count(*) FROM drift WHERE kind = 'unknown' AND run_id = {OF_THE_MARK}"  # noqa: S608
SETTLED = f"""SELECT record_id, portal, portal_key, take_down, EXISTS (
 SELECT 1 FROM drift d WHERE d.run_id = {OF_THE_MARK} AND d.portal_key = placement.portal_key)
FROM placement WHERE portal = ?1 AND portal_key IS NOT NULL AND acknowledged_generation = generation
 AND receipt IS NULL AND (opens_on IS NULL OR opens_on <= date(wanted_at))
 AND acknowledged_at <= (SELECT max(verified_through) FROM watermark WHERE portal = ?1)"""  # noqa: S608
MENDED = """SELECT r.run_id, r.listed, count(*) FROM reconciliation r JOIN drift d USING (run_id)
WHERE d.mend_ordered_at = r.finished_at GROUP BY 1, 2"""
FEED = "SELECT position FROM change ORDER BY position"
