# Sourced by app/run.sh and tests/run.sh: brings a Debian 12, Ubuntu 22.04 or 24.04 machine to the point where the
# project configures, and builds it. Everything here may be repeated; what is there already is left alone.
#
# Settings (environment):
#   TAUSCOPE_TORCH     use this LibTorch (the folder with include/ and lib/) and install none
#   TAUSCOPE_NO_APT    never call apt-get: say what is missing and go on
#   TAUSCOPE_JOBS      parallel build jobs (default: all cores)

ts_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ts_build="$ts_root/build/release"
ts_cache="${XDG_CACHE_HOME:-$HOME/.cache}/tauscope"
ts_torch_version=2.13.0
ts_jobs=${TAUSCOPE_JOBS:-$(nproc)}

ts_packages=(
  g++ cmake ninja-build pkg-config ccache python3 python3-venv
  libhwy-dev nlohmann-json3-dev libcli11-dev libfmt-dev libtomlplusplus-dev libssl-dev zlib1g-dev
  libsentencepiece-dev libpcre2-dev libutf8proc-dev
  libcairo2-dev libpango1.0-dev fonts-dejavu-core
)
# The window; without them -DTAUSCOPE_GUI=OFF builds the rest. Mesa draws where there is no graphics card, or no screen.
ts_window_packages=(
  libimgui-dev libstb-dev libglfw3-dev libgl-dev libegl-dev libfontconfig-dev libfreetype-dev
  libegl1 libegl-mesa0 libgl1 libgl1-mesa-dri
)
ts_packages+=("${ts_window_packages[@]}")
ts_test_packages=(catch2 librsvg2-bin poppler-utils xvfb xauth xdotool imagemagick)

ts_say() { printf '%s\n' "$*" >&2; }
ts_die() { ts_say "error: $*"; exit 1; }

# ts_need_packages NAME...: installs what is missing, with one apt-get call.
ts_need_packages() {
  local missing=() name
  command -v dpkg-query >/dev/null || { ts_say "not a Debian system: please install the equivalents of: $*"; return 0; }
  for name in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
  done
  # Tools that are there by other means (a newer CMake, say) need not come from the distribution again.
  local wanted=()
  for name in "${missing[@]}"; do
    case $name in
      g++ | cmake | python3) command -v "$name" >/dev/null && continue ;;
      ninja-build) command -v ninja >/dev/null && continue ;;
      python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null && continue ;;
    esac
    wanted+=("$name")
  done
  [ ${#wanted[@]} -eq 0 ] && return 0
  if [ -n "${TAUSCOPE_NO_APT:-}" ]; then
    ts_say "missing packages (TAUSCOPE_NO_APT is set, so they are not installed): ${wanted[*]}"
    return 0
  fi
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || ts_die "these packages are missing and there is no sudo to install them: ${wanted[*]}"
    sudo=(sudo)
  fi
  ts_say "installing: ${wanted[*]}"
  local log="$ts_root/build/apt.log"
  mkdir -p "$ts_root/build"
  if ! { "${sudo[@]}" apt-get update -q &&
         "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${wanted[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    ts_die "apt-get failed; the whole log is in $log"
  fi
}

# ts_need_torch: sets ts_torch to a LibTorch; installs the pinned wheel into a private folder where none was named.
ts_need_torch() {
  if [ -n "${TAUSCOPE_TORCH:-}" ]; then
    [ -f "$TAUSCOPE_TORCH/include/ATen/ATen.h" ] ||
      ts_die "TAUSCOPE_TORCH is '$TAUSCOPE_TORCH', which has no include/ATen/ATen.h; name the folder that holds include/ and lib/"
    ts_torch=$TAUSCOPE_TORCH
    return 0
  fi
  local home="$ts_cache/torch-$ts_torch_version" found
  found=$(compgen -G "$home/lib/python3*/site-packages/torch/include/ATen/ATen.h" | head -n 1 || true)
  if [ -z "$found" ]; then
    ts_say "installing LibTorch $ts_torch_version (the torch wheel) into $home"
    rm -rf "$home" "$home.partial"
    mkdir -p "$ts_cache"
    python3 -m venv "$home.partial" || ts_die "python3 -m venv failed; on Debian the package python3-venv provides it"
    "$home.partial/bin/python" -m pip install --quiet --disable-pip-version-check "torch==$ts_torch_version" ||
      ts_die "pip could not install torch==$ts_torch_version; set TAUSCOPE_TORCH to a LibTorch of your own (2.11 or newer)"
    mv "$home.partial" "$home"  # only a complete installation gets the final name
    found=$(compgen -G "$home/lib/python3*/site-packages/torch/include/ATen/ATen.h" | head -n 1 || true)
    [ -n "$found" ] || ts_die "the torch wheel holds no C++ headers"
  fi
  ts_torch=${found%/include/ATen/ATen.h}
}

# ts_configure [CMAKE ARGUMENTS...]: the release build folder. Quiet unless something is wrong.
ts_configure() {
  mkdir -p "$ts_root/build"
  local log="$ts_root/build/configure.log"
  (cd "$ts_root" && cmake --preset release -DTAUSCOPE_TORCH="$ts_torch" "$@") >"$log" 2>&1 ||
    { tail -n 30 "$log" >&2; ts_die "configuring failed; the whole log is in $log"; }
}

# ts_make TARGET...: builds; narration goes to stderr so that standard output belongs to the program.
ts_make() { cmake --build "$ts_build" -j "$ts_jobs" --target "$@" >&2 || ts_die "the build failed"; }
