"""Everything the contract says, and what we remember."""
