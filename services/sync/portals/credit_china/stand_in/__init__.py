"""A stand-in for Credit China (信用中国)."""
