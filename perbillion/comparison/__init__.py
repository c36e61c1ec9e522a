"""Any two ONNX models: made ready, measured, told."""
