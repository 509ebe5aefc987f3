"""The three workplaces in the browser: pages made by the server, of the same use cases as the JSON interface."""
