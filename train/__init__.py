"""Data, dropout layers, the MLP, fitting."""
