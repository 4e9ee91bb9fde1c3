"""Edge: what goes on around a sync: pull requests, comments, heartbeats, notifications, a doctor."""
