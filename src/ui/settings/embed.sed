# Makes the lines of a text file string literals of C.
s/["\\]/\\&/g
s/^/"/
s/$/\\n"/
