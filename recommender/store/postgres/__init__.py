"""The PostgreSQL store: one collection for many nodes."""
