"""`python -m sample_data` makes the files in demo/ anew."""

from sample_data.generator import write_files

write_files()
