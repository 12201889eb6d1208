#!/usr/bin/env bash
# Files made up to do harm: each must be refused by the real program with code 2, a message that names it, in little time
# and memory, also where the shell allows little of either. Release builds only: sanitizers want all address space.
#
#   tests/manual/hostile_files.sh [build/release/bin/switchyard]
set -uo pipefail
program="$(realpath "${1:-build/release/bin/switchyard}")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

python3 - <<'PY'
import json, os, struct
def write(name, data): open(name, "wb").write(data if isinstance(data, bytes) else data.encode())
def tensors(name, header, size=0):
    header = header.encode()
    write(name + ".safetensors", struct.pack("<Q", len(header)) + header)
    os.truncate(name + ".safetensors", 8 + len(header) + size)
def run(name, config, vocabulary, shape, size):
    tensors(name, json.dumps({"__metadata__": {"config": config, "vocabulary": vocabulary},
                              "w": {"dtype": "F32", "shape": shape, "data_offsets": [0, size]}}), size)
deep = lambda a, b, n: a * n + b * n
for n in (10_000, 100_000):
    write(f"config{n}.json", deep('{"config":', "}", n))
    write(f"value{n}.json", '{"experts":' + deep("[", "]", n) + "}")
    tensors(f"dtype{n}", '{"w":{"dtype":' + deep("[", "]", n) + ',"shape":[1],"data_offsets":[0,4]}}', 4)
    run(f"metadata{n}", deep('{"config":', "}", n), '["a"]', [1], 4)
    run(f"vocabulary{n}", "{}", deep("[", "]", n), [1], 4)
for n in (30_000, 160_000):
    write(f"unknown{n}.json", "{" + ",".join(f'"key_number_{i}":1' for i in range(n)) + "}")
write("long_key.json", '{"' + "k" * 2_600_000 + '":1}')
write("many.json", "[" + "0," * 8_000_000 + "0]")
write("open.json", "[" * (15 << 20))
write("zero.json", b'{"experts":8}\0')
write("nan.json", '{"noise_std": NaN}')
write("latin1.json", b'{"corpus": "caf\xe9"}')
tensors("brackets", "[" * (60 << 20))
run("claims", "{}", '["a"]', [(6 << 30) // 4], 6 << 30)
run("experts", '{"experts": 1000000000}', '["a"]', [1], 4)
run("largest", '{"layers":48,"d_model":4096,"d_ff":16384,"experts":256,"heads":1}', '["a"]', [1], 4)
write("sparse.safetensors", b""); os.truncate("sparse.safetensors", 6 << 30)
os.mkfifo("pipe.json"); os.mkfifo("pipe.safetensors"); os.mkdir("folder.json")
os.symlink("/dev/zero", "device.json"); os.symlink("/dev/zero", "device.safetensors")
PY

bad=0
for file in *.json *.safetensors; do
  case $file in
    *.json) arguments=(--headless --steps 1 --out "$folder/run" --config "$file") ;;
    *) arguments=(route --run "$file" --text a --json) ;;
  esac
  said="$( (ulimit -v 4000000; /usr/bin/time -f "%e %M" timeout 20 "$program" "${arguments[@]}") 2>&1 >/dev/null)"
  code=$?
  read -r seconds kb <<<"$(tail -1 <<<"$said")"
  verdict=ok
  [[ $code == 2 && $said == *"switchyard: $file"* ]] || verdict="WRONG: code $code"
  awk "BEGIN { exit !($seconds > 0.7 || $kb > 130 * 1024) }" && verdict="WRONG: $seconds s, $kb kB"
  [[ $verdict == ok ]] || bad=1
  printf '%-28s %-6s %5s s %4d MB  %.90s\n' "$file" "$verdict" "$seconds" $((kb / 1024)) "$(head -1 <<<"$said")"
done
((bad)) || echo good
exit $bad
