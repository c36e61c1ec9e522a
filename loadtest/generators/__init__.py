"""What runs in a process of its own and measures: Locust, loops, blocks, capacity."""
