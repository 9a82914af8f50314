"""Written commitments in place of missing papers (容缺受理), their deadline and its breach."""
