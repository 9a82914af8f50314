"""The only door to SQLAlchemy set-up: engines, transactions, upserts, migrations.

Tables carry no schema name. On PostgreSQL the service's schema is chosen by `search_path`, on SQLite by the file,
so that the same tables, queries and migrations run on both.
"""
