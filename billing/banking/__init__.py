"""Bank statements into lines, and lines to invoices: the reading half of payments. No database."""
