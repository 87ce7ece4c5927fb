#!/usr/bin/env bash
# The extractor under libFuzzer for as long as one likes: soak/source_fuzz.sh [SECONDS]. Wants clang-19 and
# libclang-rt-19-dev. New inputs go to build/fuzz/corpus; what crashes it stays in build/fuzz, and fails.
set -euo pipefail
root=${PGREHEARSE_SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
build=$root/build/fuzz
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPGREHEARSE_FUZZ=ON \
  -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 >/dev/null
cmake --build "$build" --target source_fuzz >&2
mkdir -p "$build/corpus"
"$build/test/source_fuzz" -max_total_time="${1:-600}" -max_len=4096 -timeout=20 -rss_limit_mb=4096 -close_fd_mask=3 \
  -artifact_prefix="$build/" "$build/corpus" "$root/test/fuzz/source"
