"""The stores in SQL: SQLite by default, Postgres by URL. The truth; every index can be made of it again."""
