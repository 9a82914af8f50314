"""The texts of a row as they were sent, where a record holds them in another writing (原文, ruling R21)."""
