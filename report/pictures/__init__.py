"""The report's pictures, one a file."""
