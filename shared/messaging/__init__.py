"""How services hear of each other: bus, outbox, inbox, relay, consumers. The only door to aio-pika.

At least once, everywhere: what was committed is published until the broker confirms it, what was delivered comes
again until it has taken effect, and effects are idempotent.
"""
