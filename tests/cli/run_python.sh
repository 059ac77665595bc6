#!/bin/bash
# Runs a Python test with this machine's own interpreter.
exec python3 -B "$@"
