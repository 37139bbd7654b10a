"""Who calls: signed sessions of students. What they may do is said in `tutor.api.middleware.access`."""
