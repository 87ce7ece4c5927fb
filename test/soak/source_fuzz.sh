#!/usr/bin/env bash
# The extractor under libFuzzer: soak/source_fuzz.sh [SECONDS].
exec bash "$(dirname "$0")/../fuzz/run.sh" source "${1:-600}" 4096
