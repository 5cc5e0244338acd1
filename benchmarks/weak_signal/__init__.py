"""The weak-signal bench: seeded logs with quiet troubles in them, and a scorer for whoever claims to see these."""
