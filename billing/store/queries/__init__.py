"""Queries, one file a noun: plain rows out, no rule in. Each takes the tenant, and each list is one statement."""
