#!/usr/bin/env bash
# The readers of plans and of applies' records under libFuzzer: soak/plan_fuzz.sh [SECONDS].
exec bash "$(dirname "$0")/../fuzz/run.sh" plan "${1:-600}" 4096
