"""One verified generation of a course in memory, and the interfaces of what searches it. Nothing is ranked here."""
