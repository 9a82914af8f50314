"""三同步 and 两书同达: the repair notice that goes out with a decision, the talk, the reminder, and proof of each.

The words of a letter are data with their source (`letters.toml`), its days come from the stored windows. Serves G03
and G12; whether repair is granted is decided elsewhere.
"""
