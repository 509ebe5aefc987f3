"""The workplace of the clerk: the month in four steps, invoices, payments, the year."""
