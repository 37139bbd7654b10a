"""The routes, one file per noun, of two or three lines each."""
