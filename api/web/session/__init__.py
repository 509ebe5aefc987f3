"""Getting in: log-in, second factor, passwords, invitations, and the page that says what went wrong."""
