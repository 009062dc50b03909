"""The command line: a thin shell over the library. Read, one library call, write."""
