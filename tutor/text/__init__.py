"""Plain functions of text: blocks, sentences, words, languages. Imports nothing above it."""
