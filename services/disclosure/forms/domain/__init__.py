"""The pure part of the forms: periods, buckets, figures, layout."""
