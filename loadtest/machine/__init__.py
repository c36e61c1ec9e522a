"""Cores, clocks, processes, and what else the machine does."""
