"""Requests of every kind, generated, against the real server: it must withstand all of them."""
