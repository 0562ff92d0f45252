# shellcheck shell=bash
# What every script shares: plain messages, uv, an interpreter, and the environment that the lock file describes.
#
# Everything that is fetched or built stays in the checkout: .tools (uv, interpreters), .cache (downloads), .venvs (one
# environment for each minor version of Python). TRUNKLINE_PYTHON selects the Python: 3.13 (the default), 3.14, an exact
# version such as 3.13.0, or the path of an interpreter.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly root

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$(basename "$0"): $*"
  exit 1
}
# A wrong option is the caller's mistake, not ours: one line and status 2, as every command-line tool does.
usage_error() {
  say "$(basename "$0"): $*"
  exit 2
}

# help_without_setup <module> <arguments>: prints the help by any Python, if it is asked for, and exits.
help_without_setup() {
  local module=$1 argument
  shift
  for argument; do
    if [[ $argument == -h || $argument == --help ]] && command -v python3 >/dev/null 2>&1; then
      cd "$root" || exit 1
      exec python3 -m "$module" --help
    fi
  done
}

# An unset or read-only home is no reason to fail: whatever wants to write there is sent into the checkout.
if [[ ! -d ${HOME:-} || ! -w ${HOME:-} ]]; then
  export HOME=$root/.cache/home
  mkdir -p "$HOME"
fi
export UV_PYTHON_INSTALL_DIR=${UV_PYTHON_INSTALL_DIR:-$root/.tools/python}
export UV_NO_PROGRESS=${UV_NO_PROGRESS:-1}

# runs <interpreter>: whether it starts and can carry Home Assistant. A pyenv shim of an inactive version doesn't start,
# and an interpreter built without SQLite or OpenSSL is of no use.
runs() { "$1" -c 'import ctypes, lzma, sqlite3, ssl' >/dev/null 2>&1; }

# version_of <interpreter>: its full version, such as 3.13.0.
version_of() { "$1" -c 'import platform; print(platform.python_version())' 2>/dev/null; }

# fits <version> <wanted>: 3.13.5 fits 3.13 and 3.13.5.
fits() { [[ $1 == "$2" || $1 == "$2".* ]]; }

pyenv_root() {
  if [[ -n ${PYENV_ROOT:-} ]]; then
    printf '%s\n' "$PYENV_ROOT"
  elif command -v pyenv >/dev/null 2>&1; then
    pyenv root
  else
    printf '%s\n' "$HOME/.pyenv"
  fi
}

# pip_setting <interpreter> <name>: a setting of pip, from its files; "pip config get" finds fewer than "list" does.
pip_setting() {
  "$1" -m pip config list 2>/dev/null | sed -nE "s/^global\\.$2='(.*)'\$/\\1/p" | tail -n 1 || true
}

# pip and uv keep their settings apart: where only pip knows a package index or a certificate, uv needs it too.
adopt_pip_settings() {
  local python=$1 value
  if [[ -z ${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-} ]]; then
    value=${PIP_INDEX_URL:-$(pip_setting "$python" index-url)}
    [[ -z $value ]] || export UV_DEFAULT_INDEX=$value
  fi
  if [[ -z ${SSL_CERT_FILE:-} ]]; then
    value=${PIP_CERT:-$(pip_setting "$python" cert)}
    [[ -z $value || ! -f $value ]] || export SSL_CERT_FILE=$value
  fi
}

# Every Python of the machine that has pip, the active one first.
pythons_with_pip() {
  local python
  for python in python3 python /usr/bin/python3 "$(pyenv_root)"/versions/3.*/bin/python; do
    if "$python" -m pip --version >/dev/null 2>&1; then printf '%s\n' "$python"; fi
  done
}

# Sets `uv`: the machine's own, or one brought into the checkout by whichever Python has pip.
find_uv() {
  local python log
  if uv=$(command -v uv) && "$uv" --version >/dev/null 2>&1; then
    adopt_pip_settings python3
    return
  fi
  export UV_CACHE_DIR=${UV_CACHE_DIR:-$root/.cache/uv}
  uv=$root/.tools/uv/bin/uv
  if "$uv" --version >/dev/null 2>&1; then
    adopt_pip_settings python3
    return
  fi
  mkdir -p "$root/.tools"
  log=$root/.tools/uv.log
  : >"$log"
  for python in $(pythons_with_pip); do
    say "bringing uv into .tools (with $python)"
    rm -rf "$root/.tools/uv.part"
    if "$python" -m pip install --quiet --no-input --disable-pip-version-check --no-warn-script-location \
      --target "$root/.tools/uv.part" uv >>"$log" 2>&1 && "$root/.tools/uv.part/bin/uv" --version >>"$log" 2>&1; then
      rm -rf "$root/.tools/uv"
      mv "$root/.tools/uv.part" "$root/.tools/uv"
      adopt_pip_settings "$python"
      return
    fi
  done
  if [[ -s $log ]]; then
    tail -n 3 "$log" >&2
    die "uv could not be installed with pip (the whole log: .tools/uv.log). Install uv by hand and run this again."
  fi
  die "neither uv nor a Python with pip was found. Install one of them (on Debian: apt install python3-pip) and run this again."
}

# candidates <version>: interpreters of this machine that might have that version, one a line.
candidates() {
  local minor
  minor=$(cut -d. -f1,2 <<<"$1")
  type -ap "python$minor" python3 python || true
  printf '%s\n' "$(pyenv_root)"/versions/"$1"*/bin/python "$UV_PYTHON_INSTALL_DIR"/cpython-"$1"*/bin/python3 \
    "$HOME"/.local/share/uv/python/cpython-"$1"*/bin/python3
}

# Sets `interpreter` to one that has the version in $1, by uv's download as the last resort.
find_interpreter() {
  local wanted=$1 candidate
  if [[ $wanted == */* ]]; then
    interpreter=$wanted
    runs "$interpreter" || die "TRUNKLINE_PYTHON is $wanted, which doesn't start, or lacks ssl, sqlite3, ctypes or lzma."
    return
  fi
  [[ $wanted =~ ^3\.[0-9]+(\.[0-9]+)?$ ]] ||
    die "TRUNKLINE_PYTHON is \"$wanted\"; it must be a version such as 3.13 or the path of an interpreter."
  while IFS= read -r candidate; do
    if [[ -x $candidate ]] && fits "$(version_of "$candidate")" "$wanted" && runs "$candidate"; then
      # the interpreter itself: uv would trip over a version manager's shim
      interpreter=$("$candidate" -c 'import os, sys; print(os.path.realpath(sys.executable))')
      return
    fi
  done < <(candidates "$wanted")
  say "no Python $wanted on this machine: asking uv for one"
  mkdir -p "$root/.tools"
  if "$uv" python install "$wanted" >"$root/.tools/python.log" 2>&1; then
    interpreter=$("$uv" python find --managed-python "$wanted" 2>/dev/null || "$uv" python find "$wanted")
    return
  fi
  tail -n 3 "$root/.tools/python.log" >&2
  die "Python $wanted is needed, was not found on this machine, and uv could not download it. Install it (for instance" \
    "\"pyenv install $wanted\" or your distribution's package), or set TRUNKLINE_PYTHON to the path of an interpreter."
}

# A package without a wheel is compiled. Debian's pyconfig.h includes another one by the name of the machine's
# architecture, and compilers look for that among the system's headers only: an interpreter elsewhere needs a hint.
find_headers() {
  local include multiarch name
  { read -r include && read -r multiarch; } < <("$1" -c '
import sysconfig
print(sysconfig.get_path("platinclude"))
print(sysconfig.get_config_var("MULTIARCH") or "none")')
  name=$(basename "$include")
  include=$(dirname "$include")
  if [[ $include != /usr/include && -d $include/$multiarch/$name ]]; then
    mkdir -p "$root/.cache/include/$multiarch"
    ln -sfn "$include/$multiarch/$name" "$root/.cache/include/$multiarch/$name"
    export CPATH=$root/.cache/include${CPATH:+:$CPATH}
  fi
}

# What the environment was made from: while this text stays the same, the environment is up to date.
recipe() { (cd "$root" && printf 'checkout %s\n' "$root" && cat requirements/locked.txt pyproject.toml | sha256sum); }

# Whether the environment's interpreter is what $1 asks for.
has_interpreter() {
  [[ -x $venv/bin/python ]] || return 1
  if [[ $1 == */* ]]; then
    [[ $(readlink -f "$venv/bin/python") == "$(readlink -f "$1")" ]]
  else
    fits "$(version_of "$venv/bin/python")" "$1"
  fi
}

make_environment() {
  local wanted=$1 log=$venv.log uv interpreter
  if [[ -f $venv/stamp ]] && has_interpreter "$wanted" && [[ $(<"$venv/stamp") == "$(recipe)" ]]; then return; fi
  find_uv
  rm -f "$venv/stamp"
  if ! has_interpreter "$wanted" || ! runs "$venv/bin/python"; then
    find_interpreter "$wanted"
    rm -rf "$venv"
    "$uv" venv --quiet --python "$interpreter" "$venv" >"$log" 2>&1 ||
      { cat "$log" >&2 && die "the environment ${venv#"$root"/} could not be made."; }
  fi
  find_headers "$venv/bin/python"
  say "setting up Python $(version_of "$venv/bin/python") in ${venv#"$root"/} (a minute or two the first time)"
  if ! { "$uv" pip sync --quiet --compile-bytecode --require-hashes --python "$venv/bin/python" "$root/requirements/locked.txt" &&
    "$uv" pip install --quiet --no-deps --no-build-isolation --python "$venv/bin/python" --editable "$root"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "the packages of requirements/locked.txt could not be installed (the whole log: ${log#"$root"/})."
  fi
  rm -f "$log"
  recipe >"$venv/stamp"
}

# Sets `venv` and `python`, making or renewing the environment if need be. Two starts at once wait for each other.
setup() {
  local wanted=${TRUNKLINE_PYTHON:-3.13} minor
  if [[ $wanted == */* ]]; then
    runs "$wanted" || die "TRUNKLINE_PYTHON is $wanted, which doesn't start, or lacks ssl, sqlite3, ctypes or lzma."
    minor=$("$wanted" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  else
    minor=$(cut -d. -f1,2 <<<"$wanted")
  fi
  case $minor in
    3.13 | 3.14) ;;
    *) die "TRUNKLINE_PYTHON asks for Python $wanted; Trunkline needs 3.13 or 3.14." ;;
  esac
  venv=$root/.venvs/$minor
  python=$venv/bin/python
  mkdir -p "$root/.venvs" || die "$root is not writable: the environment is made there."
  # in a subshell, so that nothing started later inherits the lock
  (
    if command -v flock >/dev/null 2>&1; then
      flock --nonblock 9 || { say "waiting for another setup of ${venv#"$root"/}" && flock 9; }
    fi
    make_environment "$wanted"
  ) 9>"$venv.lock"
  export VIRTUAL_ENV=$venv
  export PATH=$venv/bin:$PATH
}
