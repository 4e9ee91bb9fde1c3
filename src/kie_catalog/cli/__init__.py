"""Root: commands that parse, compose, print and exit."""
