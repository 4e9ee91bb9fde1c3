"""Batches: many generations that outlive a crash, on one machine or on many."""
