"""What a graph is, and what ONNX Runtime makes of it and of its scalings."""
