"""The tutor: brings what is known (`knowledge`) and what is run (`exercises`) together."""
