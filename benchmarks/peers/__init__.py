"""perbillion's server beside its peers: same model, same core, same load."""
