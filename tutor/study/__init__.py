"""Learning: quizzes, reviews, mastery, the next step, cost, portfolio. Without any page."""
