"""Notebooks of courses that other tools grade, as the beginnings of assignments."""
