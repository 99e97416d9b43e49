"""An index in a folder: immutable snapshots, and what changed since in memory."""
