"""What tests share: loopback services, models that follow a script, courses, served tutors."""
