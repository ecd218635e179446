"""How one submission is graded: the judge process, its worker, and who watches over both."""
