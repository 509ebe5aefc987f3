"""The edge: the command line now, the web service later. The only place that builds things."""
