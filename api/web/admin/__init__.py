"""Setting up and keeping: users, terms, holidays, numbering, mail, logs, the guided first start."""
