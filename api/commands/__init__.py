"""The commands of `mehraufwand`, one file a noun or a verb: thin, like the routes."""
