#!/usr/bin/env bash
# The rules of lint under libFuzzer: soak/lint_fuzz.sh [SECONDS].
exec bash "$(dirname "$0")/../fuzz/run.sh" lint "${1:-600}" 4096
