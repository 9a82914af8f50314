"""Measures creditsync beside what a user would write instead, in interleaved rounds; figures are never a gate.

`python -m tests.bench` runs every case of every round in a fresh process, on PostgreSQL with RabbitMQ and on SQLite
with the embedded bus, and judges ratios within a round. It never changes a goal to fit a figure.
"""
