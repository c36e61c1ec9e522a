"""Models that are served elsewhere, asked by the Open Inference Protocol."""
