"""Subscribers (订阅方): what changed is numbered, told in signed deliveries, and can be read again as a feed (G13)."""
