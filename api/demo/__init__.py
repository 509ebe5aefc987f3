"""`./dev demo`: two months of made-up work under three contracts, told as a story and done by the commands themselves.

The story stands in `story/*.txt`, the papers it hands in (mails, receipts, time sheets) in `papers/`. Nothing else is
seeded: what a person can't type, the demo can't do.
"""
