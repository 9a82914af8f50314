"""告知核对, the side that was told: what is wanted here is what disclosure decided, compared every night (G01)."""
