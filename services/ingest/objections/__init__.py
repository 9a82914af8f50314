"""What upheld objections (异议成立) do to records: a correction is an amendment, a withdrawal is a withdrawal."""
