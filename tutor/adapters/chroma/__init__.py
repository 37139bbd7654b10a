"""The vector index in Chroma: built aside, checked in another process, never written while it is served."""
