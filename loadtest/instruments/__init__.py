"""Instruments: each runs one start and leaves its samples in a file."""
