"""The usual way to compare two models under load, beside the one of this project."""
