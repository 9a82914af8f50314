"""A stand-in for Credit Jiangsu (信用江苏)."""
