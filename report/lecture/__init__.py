"""The lecture's claims with their verdicts: for a terminal, as Markdown, as a page."""
