#!/usr/bin/env bash
# Installs what is missing, builds program and tests, runs them all, and closes with one line of totals.
#   bash tests/run.sh [-R REGEX]     CTest arguments are passed on (they narrow the release suite)
#   TAUSCOPE_TEST_STAGES="release kernels asan"   which stages run (default: release and kernels)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../app/setup.sh"

stages=${TAUSCOPE_TEST_STAGES:-release kernels}
passed=0 failed=0 skipped=0

# run_ctest FOLDER LABEL [ARGS...]: runs one folder's suite and adds to the totals.
run_ctest() {
  local folder=$1 label=$2 log
  shift 2
  log="$ts_root/build/ctest-$label.log"
  ts_say "== $label tests"
  ctest --test-dir "$folder" -j "$(nproc)" --output-on-failure --no-tests=error "$@" >"$log" 2>&1 || true
  local summary total bad skip
  summary=$(grep -E 'tests passed, [0-9]+ tests failed out of [0-9]+' "$log" | tail -n 1 || true)
  if [ -z "$summary" ]; then
    tail -n 40 "$log"
    failed=$((failed + 1))
    return
  fi
  total=$(sed -E 's/.* out of ([0-9]+).*/\1/' <<<"$summary")
  bad=$(sed -E 's/.*passed, ([0-9]+) tests failed.*/\1/' <<<"$summary")
  skip=$(grep -cE '\*\*\*Skipped' "$log" || true)
  if [ "$bad" -gt 0 ]; then
    cat "$log"
  else
    grep -E '\*\*\*Skipped' "$log" || true
  fi
  passed=$((passed + total - bad - skip)) failed=$((failed + bad)) skipped=$((skipped + skip))
  printf '%s: %d tests, %d failed, %d skipped (log: build/ctest-%s.log)\n' "$label" "$total" "$bad" "$skip" "$label"
}

werror=${CI:+ON}
has_stage() { [[ " $stages " == *" $1 "* ]]; }

ts_need_packages "${ts_packages[@]}" "${ts_test_packages[@]}"

if has_stage release; then
  ts_need_torch
  ts_configure -DTAUSCOPE_TESTS=ON -DTAUSCOPE_WERROR="${werror:-OFF}"
  ts_make all
  run_ctest "$ts_build" release "$@"
fi

# kernels/ must configure, build and test with nothing but a compiler and Highway.
if has_stage kernels; then
  cmake -S "$ts_root/kernels" -B "$ts_root/build/kernels" -G Ninja -DCMAKE_BUILD_TYPE=Release -DTAUSCOPE_CUDA=OFF >"$ts_root/build/configure-kernels.log" 2>&1
  # The same tests ran in the release suite already; a few show that this build is sound.
  cmake --build "$ts_root/build/kernels" -j "$ts_jobs" --target ts_test_kernels ts_test_vector_math >&2
  run_ctest "$ts_root/build/kernels" kernels-alone -R '^ts_test_(kernels:.*(closed form|variants are found)|vector_math:)'
fi

# The torch-free parts again under AddressSanitizer and UBSan: this is where files from outside are read.
if has_stage asan; then
  # Warnings are no errors here: with sanitizers g++ 12 sees uninitialised values where there are none.
  (cd "$ts_root" && cmake --preset asan) >"$ts_root/build/configure-asan.log" 2>&1
  cmake --build "$ts_root/build/asan" -j "$ts_jobs" >&2
  run_ctest "$ts_root/build/asan" asan
fi

printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
