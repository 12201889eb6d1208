#!/usr/bin/env bash
# Random keys, clicks, drags, wheel turns and sizes in the real window of the real program, on a display of its own, while a
# tiny model trains: after every batch the program must be alive; in the end Ctrl+Q must end it, with 0 and the weights of
# what was trained on disk. What memory frees is filled with a pattern, so that what is used after it is seen.
#
#   tests/soak/window_monkey.sh PROGRAM [SEED [EVENTS]]     1 and 300 without them
#
# WINDOW_MONKEY_QUIT_MS: what Ctrl+Q may take, 2000 without it.
# Says what failed with the seed and the number of the event, and where the program's own words are. Exit 0: nothing did.
# Needs Xvfb and xdotool.
set -euo pipefail
program="$(realpath "$1")"
seed="${2:-1}" events="${3:-300}"

if [[ -z "${WINDOW_MONKEY_INSIDE:-}" ]]; then
  export WINDOW_MONKEY_INSIDE=1
  exec "$(dirname "${BASH_SOURCE[0]}")/../support/on_display.sh" 1600x1000 "$0" "$program" "$seed" "$events"
fi

work="$(mktemp -d "${TMPDIR:-/tmp}/switchyard-window-monkey-XXXXXX")"
log="$work/log"
export HOME="$work" XDG_CONFIG_HOME="$work/config" XDG_DATA_HOME="$work/data" MALLOC_PERTURB_=165 LIBGL_ALWAYS_SOFTWARE=1
printf 'The quick brown fox jumps over the lazy dog. %.0s' {1..200} >"$work/text.txt"

pid=0
trap '((pid == 0)) || kill -KILL "$pid" 2>/dev/null || true' EXIT
event=0 last="nothing"
fail() {
  echo "window monkey: seed $seed, event $event, after $last: $1; see $work"
  tail -n 5 "$log" || true
  kill -KILL "$pid" 2>/dev/null || true
  exit 1
}

window="" starts=0
start() {
  starts=$((starts + 1))
  run="$work/run$starts" window=""
  "$program" --out "$run" --size 1200x760 --set layers=2 --set d_model=16 --set d_ff=16 --set heads=2 --set context=32 \
    --set batch_size=2 --set experts=4 --set val_batches=1 --set threads=1 >>"$log" 2>&1 &
  pid=$!
  for _ in {1..300}; do
    window="$(xdotool search --onlyvisible --class switchyard 2>/dev/null | head -n 1 || true)"
    [[ -n "$window" ]] && break
    kill -0 "$pid" 2>/dev/null || fail "it ended before it had a window"
    sleep 0.1
  done
  [[ -n "$window" ]] || fail "no window within 30 s"
  # Without a window manager nobody gives the keyboard.
  xdotool windowfocus "$window" || true
  sleep 1
}
# Gone without a fault: a click may find the menu's Quit.
ended_well() {
  local code=0
  wait "$pid" || code=$?
  ((code == 0)) || fail "it ended with $code"
  # A model made anew during the run has a folder of its own.
  local newest="$run"
  local sibling
  for sibling in $(printf '%s\n' "$run"-*/ | sort -V); do [[ -d "$sibling" ]] && newest="$sibling"; done
  (($(wc -l <"$newest/metrics.csv") < 2)) || [[ -s "$newest/model.safetensors" ]] || fail "no weights in $newest"
}
start

# The same numbers for the same seed.
RANDOM=$((seed % 32768))
below() { echo $(((RANDOM * 32768 + RANDOM) % $1)); }
width=1200 height=760
keys=(space period 1 2 a d l w s z r k f p Escape Return Tab BackSpace Delete Left Right Up Down Home End F1 F2 F5 F8 F11 F12
      ctrl+1 ctrl+2 ctrl+3 ctrl+4 ctrl+5 ctrl+6 ctrl+z ctrl+shift+z ctrl+k ctrl+f ctrl+shift+p shift+space shift+period alt+a)
texts=("E02" "0.5" "-1" "1e99" "fox" "theme light" "export" "set experts" "nan" "$work/text.txt" "preset switch")

while ((event < events)); do
  event=$((event + 1))
  kind="$(below 20)" x="$(below "$width")" y="$(below "$height")"
  case "$kind" in
    0 | 1 | 2 | 3 | 4 | 5)
      last="key ${keys[$(below ${#keys[@]})]}"
      xdotool key --delay 1 "${last#key }" ;;
    6)
      last="30 keys ${keys[$(below 12)]}"
      xdotool key --delay 0 --repeat 30 --repeat-delay 0 "${last#30 keys }" ;;
    7)
      last="text ${texts[$(below ${#texts[@]})]}"
      printf '%s' "${last#text }" | xdotool type --delay 1 --file - ;;
    8 | 9 | 10 | 11 | 12)
      last="click at $x $y"
      xdotool mousemove --window "$window" "$x" "$y" click "$(($(below 5) == 0 ? 3 : 1))" ;;
    13)
      last="double click at $x $y"
      xdotool mousemove --window "$window" "$x" "$y" click --repeat 2 --delay 40 1 ;;
    14 | 15)
      to_x="$(below "$width")" to_y="$(below "$height")" button="$(($(below 3) == 0 ? 3 : 1))"
      last="drag from $x $y to $to_x $to_y"
      xdotool mousemove --window "$window" "$x" "$y" mousedown "$button" sleep 0.03 mousemove --window "$window" "$to_x" "$to_y" \
        sleep 0.03 mouseup "$button" ;;
    16)
      last="the curves dragged to the right"
      xdotool mousemove --window "$window" $((width / 2)) $((height / 4)) mousedown 1 sleep 0.03 \
        mousemove --window "$window" $((width - 20)) $((height / 4)) sleep 0.03 mouseup 1 ;;
    17 | 18)
      last="wheel at $x $y"
      xdotool mousemove --window "$window" "$x" "$y" click --repeat "$((1 + $(below 12)))" --delay 5 "$((4 + $(below 2)))" ;;
    *)
      width=$((960 + $(below 600))) height=$((600 + $(below 380)))
      last="size $width x $height"
      xdotool windowsize "$window" "$width" "$height" ;;
  esac
  if ((event % 10 == 0)); then
    sleep 0.1
    if ! kill -0 "$pid" 2>/dev/null; then
      ended_well
      start
    fi
  fi
done

# A mouse button or key that is still down is nobody's wish to go on.
xdotool mouseup 1 mouseup 3 keyup ctrl keyup shift keyup alt
last="Ctrl+Q"
xdotool windowfocus "$window" 2>/dev/null || true
xdotool key --delay 0 --repeat 100 --repeat-delay 0 d 2>/dev/null || true
began=$(date +%s%N)
xdotool key ctrl+q 2>/dev/null || true
for _ in {1..200}; do
  kill -0 "$pid" 2>/dev/null || break
  sleep 0.05
done
took=$((($(date +%s%N) - began) / 1000000))
kill -0 "$pid" 2>/dev/null && fail "it has not ended within 10 s"
ended_well
((took < ${WINDOW_MONKEY_QUIT_MS:-2000})) || fail "it took $took ms to end"
echo "window monkey: seed $seed, $events events, quit in $took ms: good"
rm -rf "$work"
