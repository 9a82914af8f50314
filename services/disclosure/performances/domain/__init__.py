"""How performance and its task for enforcement stand. Pure."""
