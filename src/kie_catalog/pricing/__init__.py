"""Pure: exact quotes from the catalog's modes, and whether modes and input schemas close."""
