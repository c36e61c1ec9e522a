"""A locustfile, in a folder of its own: Locust makes all that lies beside it importable."""
