"""The pure part of the procedure: which step may follow which, by whom, and which clocks it starts, stops and ends."""
