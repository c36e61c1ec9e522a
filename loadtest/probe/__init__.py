"""A short look at what a machine can resolve."""
