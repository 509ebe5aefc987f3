"""The fee clause as data: its sub-clauses, its agreed numbers, its kinds of work. Nothing here computes an amount."""
