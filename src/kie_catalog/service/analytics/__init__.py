"""Analytics: what became of every generation, kept cheaply and read back as numbers."""
