"""Samples in, answer out: result.json, report.html, report.md."""
