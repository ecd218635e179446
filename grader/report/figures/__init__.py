"""Figures as SVG text, to stand within a page or a cell of a notebook; they load nothing.

Their colours are their own and can be told apart on a light and on a dark ground.
"""
