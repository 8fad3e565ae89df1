"""Pages about colleagues: who works here, what each may do, and where one is signed in."""
