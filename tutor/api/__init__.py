"""The tutor over HTTP: routes, their JSON shapes, and the one table of errors."""
