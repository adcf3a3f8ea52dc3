# Puts the pages together.
set -eu
cat /modules/header index.txt /modules/footer > /out/index.html
cp /modules/installed-at /out/
echo "rendered $(wc -l < /out/index.html) lines"
