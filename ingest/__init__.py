"""From a folder of lessons to a published index: load, chunk, embed, build, verify, publish."""
