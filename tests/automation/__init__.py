"""What goes on around a sync, end to end: workflows, a git remote and a GitHub of our own, on loopback."""
