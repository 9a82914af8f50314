"""Runnable stand-ins for the three public portals, as third parties would have built them.

They share no code with the adapters: what both sides know is written down twice, and the conformance suite shows
where the two disagree. They keep their state in files and can be told to misbehave.
"""
