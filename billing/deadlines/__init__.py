"""Deadlines of cases: how periods are counted, which ones the contracts and the law set, and where each stands."""
