"""What performance claims rest on: `./dev bench NAME` runs one of these modules."""
