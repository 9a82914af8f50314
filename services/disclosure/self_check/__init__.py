"""夜间自检: the house computes stored windows again and compares its ledger with its column, every night (G03, G16)."""
