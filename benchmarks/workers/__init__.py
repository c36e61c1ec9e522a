"""What a worker that is killed costs its clients, and when another one is in its place."""
