#!/usr/bin/env bash
# What is installed from a build folder, and its Debian package: that all of it is there, found, valid, and says the same as
# what was built.
#
#   tests/install.sh BUILD [FOLDER]     FOLDER: where to leave what was made, and lintian's output
set -euo pipefail
source_tree="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
build="$(cd "$1" && pwd)"
folder="${2:-$(mktemp -d)}"
[[ -n "${2:-}" ]] || trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"
fail() { echo "install: $1" >&2; exit 1; }
same() { [[ "$2" == "$3" ]] || fail "$1: wants '$3', is '$2'"; }

# --- the package, made while the rest goes on
cpack -G DEB --config "$build/CPackConfig.cmake" -B "$folder/deb" >"$folder/cpack.log" 2>&1 &
packing=$!

# --- below a prefix, which nothing knows before
prefix="$folder/else where"
DESTDIR="$folder/root" cmake --install "$build" --prefix /usr >"$folder/install.log"
mv "$folder/root/usr" "$prefix"
program="$prefix/bin/switchyard"
share="$prefix/share"
clean=(env -i -C / "HOME=$folder/home" PATH=/usr/bin:/bin LANG=C.UTF-8)
mkdir -p "$folder/home"
for words in --list-presets --list-knobs --man --version --completion=zsh; do
  said="$("${clean[@]}" "$program" "$words")"
  same "$words" "$said" "$("${clean[@]}" "$build/bin/switchyard" "$words")"
done
for file in "$program" "$prefix"/lib/switchyard/*/libswitchyard_engine.so; do
  ! grep -qF "$source_tree" "$file" || fail "$file holds the name of the folder it was built in"
done
"${clean[@]}" "$program" --headless --steps 20 --set layers=1 --set d_model=32 --out "$folder/run" >/dev/null 2>&1 ||
  fail "the installed program does not train"

# --- what desktops, readers and software centres are given
for script in switchyard_log switchyard_convert; do
  /usr/bin/python3 -c "import ast, sys; ast.parse(open(sys.argv[1]).read())" "$share/switchyard/$script.py" || fail "no $script.py"
done
entry="$share/applications/switchyard.desktop"
desktop-file-validate "$entry"
metainfo="$share/metainfo/invalid.switchyard.switchyard.metainfo.xml"
appstreamcli validate --no-net "$metainfo" >"$folder/appstream.log" || { cat "$folder/appstream.log"; fail "$metainfo"; }
cmake "-DSOURCE=$source_tree" "-DMETAINFO_IN=$source_tree/assets/desktop/switchyard.metainfo.xml.in" "-DMETAINFO=$folder/pictures.metainfo.xml" \
  "-DCHANGELOG=$folder/changelog" "-DMAINTAINER=A <a@b.invalid>" -DPICTURES=https://switchyard.invalid/assets -P "$source_tree/app/install/releases.cmake"
grep -q '<image>https://switchyard.invalid/assets/gallery/runs.png</image>' "$folder/pictures.metainfo.xml" || fail "no screenshots"
while read -r picture; do
  [[ -f "$source_tree/$picture" ]] || fail "$picture: a screenshot that is not there"
done < <(sed -n 's|.*<image>https://switchyard.invalid/\(.*\)</image>|\1|p' "$folder/pictures.metainfo.xml")
appstreamcli validate --no-net "$folder/pictures.metainfo.xml" >>"$folder/appstream.log" || { cat "$folder/appstream.log"; fail "with screenshots"; }
for size in 16 22 24 32 48 64 128 256; do
  same "icon" "$(file -b "$share/icons/hicolor/${size}x$size/apps/switchyard.png" | cut -d, -f2)" " $size x $size"
done
same "man" "$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$share/man/man1/switchyard.1.gz" 2>&1 >/dev/null)" ""
zcat "$share/man/man1/switchyard.1.gz" | mandoc -T lint -W warning | grep -v 'missing date' && fail "mandoc has warnings"

# --- completion as the shells load it
ln -s "$program" "$folder/switchyard"
export XDG_CONFIG_HOME="$folder/config"
mkdir -p "$XDG_CONFIG_HOME/switchyard/presets"
touch "$XDG_CONFIG_HOME/switchyard/presets/my-own.json"
in_fish() {
  HOME="$folder/home" fish --no-config -c "source '$share/fish/vendor_completions.d/switchyard.fish'; complete -C '$1'" | cut -f1 | tr '\n' ' '
}
same "fish" "$(in_fish 'switchyard --set gate=si')" "gate=sigmoid gate=sinkhorn "
same "fish" "$(in_fish 'switchyard --preset my')" "my-own "
same "fish" "$(in_fish 'switchyard sweep --set gate=softmax,si')" "gate=softmax,sigmoid gate=softmax,sinkhorn "
same "fish" "$(in_fish 'switchyard open --the')" "--theme "
# A zsh at a terminal of its own: Tab lists, and a line of its own says where the list begins.
cat >"$folder/ask.zsh" <<'ZSH'
zmodload zsh/zpty
zpty asked zsh -f -i
heard() { local part; while zpty -r -t asked part; do print -rn -- "$part"; done; }
until_heard() { local all= i; for i in {1..200}; do all+=$(heard); [[ $all == *$1* ]] && break; sleep 0.05; done; print -r -- "$all"; }
zpty -w asked "PS1=; stty -echo cols 200; fpath=('$1' \$fpath); autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' verbose no; bindkey '^I' list-choices; print rea''dy"
until_heard ready >/dev/null
zpty -w -n asked "$2"$'\t'
until_heard "$3"
ZSH
in_zsh() { HOME="$folder/home" TERM=dumb timeout 30 zsh -f "$folder/ask.zsh" "$share/zsh/site-functions" "$1" "$2" | tr -d '\r'; }
[[ "$(in_zsh 'switchyard --set gate=si' sinkhorn)" == *sigmoid*sinkhorn* ]] || fail "zsh: values of a knob"
[[ "$(in_zsh 'switchyard sweep --set gate=softmax,si' sinkhorn)" == *sigmoid*sinkhorn* ]] || fail "zsh: several values"
[[ "$(in_zsh 'switchyard ro' route)" == *route* ]] || fail "zsh: a command"
bash -n "$share/bash-completion/completions/switchyard"  # what it offers: cli_test

# --- the class by which a desktop tells whose window it is
on_screen() {
  "${clean[@]}" "DISPLAY=$DISPLAY" "$program" "$source_tree/README.md" >"$folder/window.log" 2>&1 &
  local pid=$! i found=""
  for ((i = 0; i < 200; ++i)); do  # it has its name before it has its icon
    xprop -name Switchyard 32c _NET_WM_ICON >"$folder/icon" 2>/dev/null || true
    grep -q '^_NET_WM_ICON(CARDINAL) = ' "$folder/icon" && break
    sleep 0.1
  done
  found="$(xprop -name Switchyard WM_CLASS 2>/dev/null || true)"
  kill "$pid"
  wait "$pid" || true
  same "StartupWMClass" "$found" "WM_CLASS(STRING) = \"switchyard\", \"$(sed -n 's/^StartupWMClass=//p' "$entry")\""
  grep -q '^_NET_WM_ICON(CARDINAL) = ' "$folder/icon" || fail "the window has no icon"
}
export -f on_screen same fail
export folder program entry source_tree
export clean_words="${clean[*]}"
# shellcheck disable=SC2016  # that shell's
"$source_tree/tests/support/on_display.sh" 1280x720 bash -euc 'read -ra clean <<<"$clean_words"; on_screen'

# --- the package
wait "$packing" || { tail "$folder/cpack.log"; fail "cpack"; }
package="$(echo "$folder"/deb/switchyard_*.deb)"
depends="$(dpkg-deb -f "$package" Depends)"
for name in libtorch libopenblas0-openmp libgl1-mesa-dri libglfw3 fonts-inter fonts-jetbrains-mono fonts-dejavu-core; do
  [[ "$depends" == *"$name"* ]] || fail "the package does not depend on $name"
done
dpkg-deb -c "$package" | awk '{print $6}' >"$folder/files"
for file in ./usr/share/doc/switchyard/copyright ./usr/share/doc/switchyard/changelog.Debian.gz ./usr/share/zsh/vendor-completions/_switchyard; do
  grep -qxF "$file" "$folder/files" || fail "the package has no $file"
done
lintian --fail-on error,warning "$package" >"$folder/lintian.log" 2>&1 || { cat "$folder/lintian.log"; fail "lintian"; }
grep -v 'running with root' "$folder/lintian.log" || true
echo "install: good ($(basename "$package"))"
