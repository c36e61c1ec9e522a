"""The FastAPI application and its routes."""
