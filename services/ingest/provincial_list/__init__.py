"""严重失信主体名单和受行政处罚主体名单: import the provincial list, compare it with our records, say why they differ.

Compares with what ingest holds. What a portal shows of a record, and its class, are known to sync and disclosure.
"""
