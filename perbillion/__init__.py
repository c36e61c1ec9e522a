"""The command line and the whole experiment in order."""
