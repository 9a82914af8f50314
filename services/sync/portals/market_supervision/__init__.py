"""Market supervision (市场监管公示系统): an enterprise-centred interface with signed requests. See QUIRKS.md."""
