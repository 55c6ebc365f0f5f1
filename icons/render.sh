#!/usr/bin/env bash
# Renders lanterna.svg into the formats the systems want. Needs rsvg-convert (librsvg2-bin), ImageMagick and Python.
set -euo pipefail
cd "$(dirname "$0")"
for size in 32 128 256 512; do
  rsvg-convert --width "$size" --height "$size" lanterna.svg --output "${size}x${size}.png"
done
cp 512x512.png icon.png
convert 32x32.png 128x128.png 256x256.png icon.ico
# An .icns file is a list of named PNG files, each with its length.
python3 - <<'PYTHON'
import pathlib, struct
entries = b"".join(
    name + struct.pack(">I", len(png) + 8) + png
    for name, png in ((kind, pathlib.Path(f"{size}x{size}.png").read_bytes())
                      for kind, size in ((b"ic07", 128), (b"ic08", 256), (b"ic09", 512)))
)
pathlib.Path("icon.icns").write_bytes(b"icns" + struct.pack(">I", len(entries) + 8) + entries)
PYTHON
