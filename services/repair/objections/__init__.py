"""Objections (异议) against the data, the class or the matching of a record: marked, verified, answered, carried out.

An objection never stops a window; what it proves wrong is mended by ingest or disclosure, and the case closes only when
they have answered. Serves G11 and G14.
"""
