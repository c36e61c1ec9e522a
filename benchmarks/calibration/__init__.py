"""What the intervals promise, held against simulated campaigns whose truth is known."""
