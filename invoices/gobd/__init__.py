"""The package for a tax audit (Z3, Datenträgerüberlassung): described tables, papers, hashes, signature."""
