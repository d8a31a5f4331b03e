#!/bin/sh
# The tool of the package pinion.
exec pinion "$@"
