"""Speed measurements of symgen beside other frameworks; see README.md in this folder."""
