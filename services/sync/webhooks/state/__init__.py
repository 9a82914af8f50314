"""What a copy holds that has followed the change feed, as digests: whether it is in step, by a few kilobytes (G13)."""
