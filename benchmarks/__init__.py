"""Benchmarks that compare with others; nothing of perbillion imports them."""
