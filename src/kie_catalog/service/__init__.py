"""Edge: generations checked, priced, guarded and awaited; a catalog kept true inside a program that runs."""
