"""What every benchmark publishes with: tables, charts, spreads, and where pages go."""
