#!/bin/sh
# check_layers.sh DIR "a|b|c": fails where a source file in DIR includes a header of a module other than a, b or c.
set -eu
dir=$1 allowed=$2
bad=$(grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"' "$dir"/*.cc "$dir"/*.h 2>/dev/null | grep -vE "\"($allowed)/[a-z0-9_]+\.h\"" || true)
if [ -n "$bad" ]; then
  printf 'includes outside the ladder (allowed here: %s):\n%s\n' "$allowed" "$bad"
  exit 1
fi
