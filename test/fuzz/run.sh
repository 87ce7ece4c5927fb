#!/usr/bin/env bash
# One fuzzer for as long as one likes: fuzz/run.sh NAME SECONDS LONGEST_INPUT. Wants clang-19 and libclang-rt-19-dev. New
# inputs go to build/fuzz/NAME; what crashes it stays in build/fuzz, and fails. What is worth keeping goes to test/fuzz/NAME.
set -euo pipefail
name=$1 seconds=$2 longest=$3
root=${PGREHEARSE_SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
build=$root/build/fuzz
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPGREHEARSE_FUZZ=ON \
  -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 >/dev/null
cmake --build "$build" --target "${name}_fuzz" >&2
mkdir -p "$build/$name"
"$build/test/${name}_fuzz" -max_total_time="$seconds" -max_len="$longest" -timeout=20 -rss_limit_mb=4096 -close_fd_mask=3 \
  -artifact_prefix="$build/" "$build/$name" "$root/test/fuzz/$name"
