"""Prepared requests over plain sockets, in closed and open loops."""
