#!/usr/bin/env bash
# Chromium: after a break it throws live sound away, as much as it has heard.
#
# Guess: a server without ranges (Icecast, a proxy before it) answers the
#   request "bytes=N-" after a break with 200 and the sound of now; the player
#   goes on with it after a short gap.
# Seen: it takes the 200 for the file from its beginning and drops the first N
#   bytes in silence, without an error: after an hour's listening, an hour.
#   With 206 and a made up "Content-Range: bytes N-M/*" each byte is played.
# So: answer ranges of a live stream with 206 and whatever comes next, and a
#   broken connection heals without a gap.
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

// silence, 128 kbit/s, 26 ms a frame
const frame = Buffer.concat([Buffer.from('fffb9064', 'hex'), Buffer.alloc(413)]);
const frames = count => Buffer.concat(Array(count).fill(frame));
function unchunked(response) {  // its end is the end of the connection
  response.shouldKeepAlive = response.useChunkedEncodingByDefault = false;
  return response.setHeader('content-type', 'audio/mpeg');
}

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
const asked = {};
function serve(request, response, status) {
  unchunked(response);
  if (asked[status] ??= false) {
    const [, from] = request.headers.range.match(/(\d+)/);
    if (status == 206)
      response.setHeader('content-range', `bytes ${from}-${+from + 1e12}/*`);
    return response.writeHead(status).end(frames(400));
  }
  asked[status] = true;
  response.write(frames(160), () =>
    setTimeout(() => request.socket.resetAndDestroy(), 1000));
}
const heard = {};
const leave = await visit(`
  for (const status of [200, 206]) {
    const audio = new Audio('/sound?' + status);
    audio.onended = audio.onerror = event => say([status, event.type,
      Math.round(audio.currentTime / 0.026122)]);
    audio.play();
  }`, serve, said => {
  const [status, event, count] = said.split(',');
  heard[status] = `${event} after ${Math.round(count / 10) * 10} frames`;
  if (Object.keys(heard).length < 2) return;
  console.log('sent: 160 frames, a reset, 400 frames more');
  for (const status in heard) console.log(`${status}: ${heard[status]}`);
  leave();
});
END
timeout 100 node "$tmp/run.mjs" "$tmp" "$root/usr/lib/chromium/chromium" \
    >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
sent: 160 frames, a reset, 400 frames more
200: ended after 400 frames
206: ended after 560 frames
END
