# expect: nothing
if [ -f "$f" ]; then
  truncate --size="$n" "$path" || exit 129
  drop table of contents; create index of words
elif (
