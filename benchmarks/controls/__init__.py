"""The method, proved: a model against itself, and differences whose size is known."""
