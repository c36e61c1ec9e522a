"""FastAPI and ONNX Runtime behind the Open Inference Protocol, version 2."""
