"""Front ends: text in, model out. One folder or file for each kind of input; `read.py` puts them together into a Project."""
