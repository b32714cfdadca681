"""Trainings: plan, check-in, questionnaire, papers."""
