"""Pure: facts and terms in, a settlement with its reasons out. No database, no web, no clock.

One file a question, in the order they are asked: `chargeable`, `allowance`, `approval`, `bands`, `units`, `expenses`;
`settle` puts them together, `scenario` reads and writes the exchange format.
"""
