"""The lecture's claims: trained, tried, served, and settled."""
