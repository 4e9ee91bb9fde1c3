"""Pure: the validation rules, one file a family, and their registry."""
