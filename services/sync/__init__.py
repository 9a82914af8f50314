"""sync (同步): does each portal show exactly what is wanted, and since when?

A placement is one record on one portal with three columns: wanted, acknowledged, observed. Work is derived from the
difference between them, so a lost, doubled or reordered message costs time and never truth. Serves G05 to G10.
"""
