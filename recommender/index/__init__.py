"""What is derived from the store to search in: any engine behind one protocol."""
