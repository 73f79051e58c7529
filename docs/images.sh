#!/usr/bin/env bash
# Pictures of a page of each format of the bulletin, made anew: docs/images.sh [PUBLISHED [HEDUI]]
# Needs, from Debian: chromium, fonts-noto-cjk, libreoffice-writer, libreoffice-calc, poppler-utils.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=$(realpath "${1:-$root/out}")
hedui=${2:-$root/target/debug/hedui}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
images=$root/docs/images
mkdir -p "$images"
cd "$root"
"$hedui" --lang zh bulletin --out "$out" --to "$work/made" --units open --format html,docx,xlsx,md
# A program built with --features pdf typesets PDF as well.
"$hedui" --lang zh bulletin --out "$out" --to "$work/pdf" --format pdf >/dev/null || echo "no PDF: built without it"
made=$work/made

# The official fonts are nobody's to give away; their places are taken by Noto's.
cat >"$work/fonts.conf" <<'FONTS'
<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<alias binding="same"><family>仿宋_GB2312</family><prefer><family>Noto Serif CJK SC</family></prefer></alias>
<alias binding="same"><family>楷体_GB2312</family><prefer><family>Noto Serif CJK SC</family></prefer></alias>
<alias binding="same"><family>宋体</family><prefer><family>Noto Serif CJK SC</family></prefer></alias>
<alias binding="same"><family>方正小标宋简体</family><prefer><family>Noto Serif CJK SC</family></prefer></alias>
<alias binding="same"><family>黑体</family><prefer><family>Noto Sans CJK SC</family></prefer></alias>
<alias binding="same"><family>Calibri</family><prefer><family>Noto Sans CJK SC</family></prefer></alias>
</fontconfig>
FONTS
export FONTCONFIG_FILE=$work/fonts.conf

# A window of a page, as a browser without scripts and without a network shows it.
page() { # FILE PICTURE HEIGHT
  chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update \
    --disable-sync --hide-scrollbars --user-data-dir="$work/browser" --window-size="1080,$3" --screenshot="$2" "file://$1" >/dev/null 2>&1
}
# Pages of a document, as LibreOffice prints them.
printed() { # FILE PICTURE PAGE RESOLUTION
  local pdf
  pdf=$work/pdf/$(basename "${1%.*}").pdf
  [ -f "$pdf" ] && rm "$pdf"
  soffice --headless -env:UserInstallation="file://$work/office" --convert-to pdf --outdir "$work/pdf" "$1" >/dev/null 2>&1
  pdftoppm -r "$4" -f "$3" -l "$3" -singlefile -png "$pdf" "${2%.png}"
}

page "$made/bulletin.html" "$images/bulletin-html.png" 1500
first=$(find "$made/units" -name '*-notice.html' | sort | head -1)
page "${first%-notice.html}.html" "$images/dossier-html.png" 1500
if [ -f "$work/pdf/bulletin.pdf" ]; then
  mv "$work/pdf/bulletin.pdf" "$work/typeset.pdf"
  pdftoppm -r 70 -f 1 -l 1 -singlefile -png "$work/typeset.pdf" "$images/bulletin-pdf"
  pdftoppm -r 70 -f "${PDF_CHART_PAGE:-3}" -l "${PDF_CHART_PAGE:-3}" -singlefile -png "$work/typeset.pdf" "$images/bulletin-pdf-chart"
fi
printed "$made/bulletin.docx" "$images/bulletin-docx.png" 1 70
printed "$made/bulletin.docx" "$images/bulletin-docx-chart.png" "${CHART_PAGE:-3}" 70
printed "${first%.html}.docx" "$images/notice-docx.png" 1 70
printed "$made/bulletin.xlsx" "$images/bulletin-xlsx.png" 2 110
sed -n '1,40p' "$made/bulletin.md" | sed 's/&/\&amp;/g; s/</\&lt;/g' \
  | { echo '<meta charset="utf-8"><pre style="font:14px/1.5 monospace;white-space:pre-wrap;margin:20px">'; cat; } >"$work/md.html"
page "$work/md.html" "$images/bulletin-md.png" 900
ls -l "$images"
