"""The workplace of controllers: cost estimates to decide, invoices, activity records, requests."""
