"""What many hosts share in one PostgreSQL database: batches, limits, callbacks. An extra: `postgres`."""
