"""告知核对, the side that decides: what was decided, in digests, and lost orders told again (G01)."""
