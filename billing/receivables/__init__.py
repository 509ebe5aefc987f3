"""What an invoice still asks for, when its debtor is in default, and what default costs (§§ 286, 288 BGB). Pure."""
