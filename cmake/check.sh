#!/usr/bin/env bash
# What ./dev check runs, from the root of the checkout: every rule that a tool can decide. Goes through all of them before
# it fails, the quick ones first. Files count whether they are committed or not, unless .gitignore names them.
set -uo pipefail

# The checkout may belong to somebody else than root, which git refuses without this.
files() { git -c safe.directory='*' ls-files -co --exclude-standard --deduplicate -- "$@"; }

failed=0
begin() { printf '== %s\n' "$*"; }
fail() {
  printf '%s\n' "$*"
  failed=1
}

begin 'file lengths: 400 lines need a reason, 800 is the limit'
while read -r lines file; do
  ((lines <= 400)) || printf '%5d %s\n' "$lines" "$file"
  ((lines <= 800)) || fail "too long: $file"
done < <(files '*.cc' '*.h' '*.py' '*.sh' '*.cmake' dev | xargs -r wc -l | grep -v ' total$')

# The bracketed letters keep a pattern from finding itself.
begin 'no path of this machine, no registry'
paths="$PWD/|(^|[^[:alnum:]_.-])/([w]ork|[r]oot)/"
registries='registry\.[n]pmjs|"[r]esolved":|[p]ypi\.org|deb\.[d]ebian\.org'
found=$(files | xargs -r grep -nIE "$paths|$registries")
[[ -z $found ]] || fail "$found"

begin 'no mark of unfinished work, no test skipped for want of anything but root'
marks='\b([T]ODO|[F]IXME|[X]XX|[G]TEST_SKIP|[D]ISABLED_\w+)\b|@unittest\.[s]kip|\.[s]kipTest\('
found=$(files src test bench dev .ci cmake | xargs -r grep -nIE "$marks" | grep -vE '([G]TEST_SKIP\(\) << |[s]kipTest\()"only root')
[[ -z $found ]] || fail "$found"

begin 'one type of a name in a module: of two, the linker would take either destructor for both'
twice=$(for module in src/*/; do
  grep -hoE '^(class|struct) \w+ *(final *)?[:{]' "$module"*.h | awk '{print $2}' | sort | uniq -d | sed "s#^#$module #"
done)
[[ -z $twice ]] || fail "$twice"

begin 'formatting'
# What lint is tried on is written as its authors would.
files '*.cc' '*.h' ':!test/lint/*' | xargs -r clang-format-19 --dry-run -Werror || failed=1

begin 'the ladder of modules'
cmake --preset tidy >/dev/null || exit 1
ctest --test-dir build/tidy --output-on-failure --no-tests=error -R '^layers\.' | tail -n 12
((PIPESTATUS[0] == 0)) || failed=1

# CMake runs clang-tidy beside the compiler, and ninja only where something changed. -k 0: all complaints at once.
begin 'clang-tidy'
cmake --build --preset tidy -- -k 0 --quiet || failed=1

((failed == 0)) && begin 'all rules hold'
exit "$failed"
