"""Which runtimes pay for the scalings: the same pair of graphs in each of them."""
