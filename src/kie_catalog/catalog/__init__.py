"""Edge: the workspace, the reader with line and column, the splice writer, the transaction."""
