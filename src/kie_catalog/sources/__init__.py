"""Edge: one module a source (fetch and parse apart), and recordings of them all."""
