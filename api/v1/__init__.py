"""The JSON API: one file per noun, each route a plain function with its right, its input and its output beside it."""
