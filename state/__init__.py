"""What is remembered, and how it survives: key state with versioned snapshots, evidence files."""
