"""The workplace of those who log hours: week, cases, cost estimates, clients, work list."""
