"""Trained networks to ONNX: the arms of the experiment, checked against torch."""
