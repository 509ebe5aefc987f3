"""Who may come in and do what: accounts, rights, sessions, tokens, links, and the trail they leave."""
