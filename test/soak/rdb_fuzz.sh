#!/usr/bin/env bash
# The reader of RDB files under libFuzzer: soak/rdb_fuzz.sh [SECONDS].
exec bash "$(dirname "$0")/../fuzz/run.sh" rdb "${1:-600}" 4096
