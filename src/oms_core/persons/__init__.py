"""Persons who were forgotten: which keys are gone, and what the books keep until when."""
