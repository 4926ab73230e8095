#!/usr/bin/env bash
# Installs what is missing, builds, and starts TauScope.
#   bash app/run.sh             the demo: opens the bundled teacher and students in the workbench; where there is no
#                               display, analyses them and writes a report
#   bash app/run.sh ARGS...     passes ARGS to tauscope
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

caller=$PWD
# A finished build of these very sources starts at once: ninja itself is the check, in well under a second.
if ! { [ -f "$ts_build/build.ninja" ] && [ -x "$ts_build/tauscope" ] &&
       cmake --build "$ts_build" --target tauscope >"$ts_root/build/make.log" 2>&1; }; then
  ts_need_packages "${ts_packages[@]}"
  ts_need_torch
  ts_configure -DTAUSCOPE_TESTS=OFF  # they need packages of their own
  ts_make tauscope
fi

cd "$caller"
if [ $# -gt 0 ]; then
  exec "$ts_build/tauscope" "$@"
fi

demo="$ts_root/assets/demo"
models=(--teacher "$demo/teacher" --student "llama=$demo/student-llama" --student "gpt2=$demo/student-gpt2"
        --data "$demo/data/test.jsonl")
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  exec "$ts_build/tauscope" gui "${models[@]}"
fi

out="$ts_root/demo-report"
"$ts_build/tauscope" analyze --force "${models[@]}" --limit 200 --tau 0.5,1,1.5,2,3,4,8 --tokens csv.gz --out "$out"
printf '\nThe demo report: %s\n' "$out/report.html"
