"""Any ONNX file, without torch: sessions, inputs, equality, census, folding."""
