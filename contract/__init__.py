"""What the stages hand one another: experiment, cards, tensors, samples, errors."""
