"""A stand-in for the market-supervision publicity system (市场监管公示系统)."""
