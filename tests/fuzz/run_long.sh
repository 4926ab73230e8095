#!/usr/bin/env bash
# Runs fuzz targets under libFuzzer with AddressSanitizer and UBSan, one at a time and with low priority.
#
#   tests/fuzz/run_long.sh                      every target, 1000000 inputs each
#   RUNS=10000000 tests/fuzz/run_long.sh pickle tokenizer_json
#
# Needs Clang and its runtime (Debian: clang-14, libclang-rt-14-dev). Builds in build/fuzz. Each target keeps its corpus in
# build/fuzz/corpus/TARGET, so that a later run goes on from there; what a target trips over is left in build/fuzz/findings.
# Ends with one line per target, and with status 1 if there was a finding.
set -euo pipefail
cd "$(dirname "$0")/../.."
runs=${RUNS:-1000000}
build=build/fuzz
if [ -z "${CXX:-}" ]; then
  CXX=$(command -v clang++ || command -v clang++-14) || { echo "run_long.sh: Clang is needed (CXX names it)" >&2; exit 2; }
fi
cmake -S . -B $build -G Ninja -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_C_COMPILER="${CC:-${CXX/++/}}" \
  -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1" \
  -DTAUSCOPE_SANITIZE=address,undefined,fuzzer-no-link -DTAUSCOPE_ENGINE=OFF -DTAUSCOPE_GUI=OFF -DTAUSCOPE_CUDA=OFF >$build.log 2>&1 \
  || { cat $build.log >&2; exit 1; }
nice -n 19 cmake --build $build --target ts_fuzz_all >>$build.log 2>&1 || { tail -n 40 $build.log >&2; exit 1; }
mkdir -p $build/findings
$build/ts_fuzz_seeds $build/seeds

if [ $# -eq 0 ]; then
  set -- $(cd $build/seeds && ls -d */ | tr -d /)
fi
failed=0
for target in "$@"; do
  mkdir -p "$build/corpus/$target"
  log=$build/$target.log
  if nice -n 19 "$build/ts_fuzz_$target" -runs="$runs" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
      -dict="$build/seeds/$target.dict" -artifact_prefix="$build/findings/$target-" \
      "$build/corpus/$target" "$build/seeds/$target" >"$log" 2>&1; then
    verdict="no finding"
  else
    verdict="FINDING, see $log"
    failed=1
  fi
  printf '%-18s %10s inputs, %6s edges, %s\n' "$target" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -d' ' -f2)" "$verdict"
done
exit $failed
