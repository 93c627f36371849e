#!/usr/bin/env bash
# Chromium: MediaSource takes audio/mpeg, but not with its codec named.
#
# Guess: the more exact type is the safer one: what canPlayType calls
#   "probably" MediaSource takes as well, with or without the codec, as for
#   WebM and MP4.
# Seen: 'audio/mpeg; codecs="mp3"' is "probably" for the element, the bare type
#   is "probably" too; MediaSource takes the bare one alone. MP3 within MP4 is
#   "probably" for the element and refused by MediaSource.
# So: a page that plays MP3 by MediaSource must ask for the bare type; one that
#   asks for the exact type falls back to the element for no reason.
set -euo pipefail
tmp=$(mktemp -d)
trap 'until rm -rf "$tmp"; do :; done' EXIT  # its children may still write
chromium=156.0.8078.108-1~deb12u1
root=
if [ "$(dpkg-query -W -f '${Version}' chromium 2>&1)" != $chromium ]; then
    (cd "$tmp" && apt-get -qq download "chromium=$chromium" \
        "chromium-common=$chromium") >"$tmp/apt" 2>&1 ||
        { echo "skip: the suite does not give chromium=$chromium"; exit 77; }
    for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
    root=$tmp/root
fi
"$root/usr/lib/chromium/chromium" --version

cat >"$tmp/run.mjs" <<'END'
import http from 'node:http';
import { spawn } from 'node:child_process';

// serves the page and what it asks for, and gives what the page says
async function visit(script, serve, heard) {
  const [folder, program] = process.argv.slice(2);
  const server = http.createServer((request, response) => {
    const { pathname, search } = new URL(request.url, 'http://localhost');
    const what = decodeURIComponent(search.slice(1));
    if (pathname == '/say') response.end(heard(what));
    else if (pathname == '/sound') serve(request, response, what);
    else response.setHeader('content-type', 'text/html').end(`<script>
      const say = text => fetch('/say?' + encodeURIComponent(text));
      ${script}</script>`);
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  const browser = spawn(program, ['--headless', '--no-sandbox', '--disable-gpu',
    '--mute-audio', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', `--user-data-dir=${folder}/profile`,
    '--autoplay-policy=no-user-gesture-required',
    `http://127.0.0.1:${server.address().port}/`], { stdio: 'ignore' });
  process.on('exit', () => browser.kill()).on('SIGTERM', () => process.exit(1));
  const gone = new Promise(done => browser.on('exit', done));
  return async () => {
    browser.kill();
    await gone;
    process.exit();
  };
}
const types = ['audio/mpeg', 'audio/mpeg; codecs="mp3"', 'audio/mp4; codecs="mp3"',
  'audio/mp4; codecs="mp4a.40.2"', 'audio/webm; codecs="opus"',
  'audio/ogg; codecs="opus"'];
const leave = await visit(`
  say(JSON.stringify(${JSON.stringify(types)}.map(type =>
    [type, new Audio().canPlayType(type), MediaSource.isTypeSupported(type)])));`,
() => {}, said => {
  for (const [type, element, source] of JSON.parse(said))
    console.log(`${type}: <audio> ${element || 'no'}, MediaSource ${source}`);
  leave();
});
END
timeout 100 node "$tmp/run.mjs" "$tmp" "$root/usr/lib/chromium/chromium" \
    >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
audio/mpeg: <audio> probably, MediaSource true
audio/mpeg; codecs="mp3": <audio> probably, MediaSource false
audio/mp4; codecs="mp3": <audio> probably, MediaSource false
audio/mp4; codecs="mp4a.40.2": <audio> probably, MediaSource true
audio/webm; codecs="opus": <audio> probably, MediaSource true
audio/ogg; codecs="opus": <audio> probably, MediaSource false
END
