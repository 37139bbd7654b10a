"""The pages and what they are drawn from: lessons as nodes, their places in the text, assets. No JSON API here."""
