"""The only door to FastAPI mechanics: app factory, identity, problems, idempotency, pages, health, servers."""
