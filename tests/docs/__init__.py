"""The documents are true: their code runs, their lists are complete, their links lead somewhere."""
