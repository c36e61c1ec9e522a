"""Campaigns: their plan, their starts one by one, and when they end."""
