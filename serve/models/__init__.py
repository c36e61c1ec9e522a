"""Models: found, loaded, warmed up, published, run."""
