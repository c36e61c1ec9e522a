"""Infer requests and answers, and the tensors in them, as JSON and as binary data."""
