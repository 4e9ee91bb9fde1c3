"""Edge: one module a source, and recordings of them all."""
