"""The monthly run: drafts, approval, issue, cancellation. Every step is safe to repeat, alone or at the same time.

`drafts` settles contracts and writes what would be billed; `approving` releases drafts; `issuing` closes a contract's
month in one short transaction; `cancelling` takes a closing back; `files` renders what was issued, from the outbox;
`explaining` leads each line back to its minutes.
"""
