#!/usr/bin/env bash
# Chromium: a sound that ends as it should is over, a broken one goes on.
#
# Guess: an <audio> whose live stream has ended asks again or does not, however
#   the connection ended; a clean end is the gentler way to move a listener.
# Seen: after a clean end (a plain close, or the last chunk) it plays what it
#   has, fires ended and never asks again. After a reset, or a close without
#   the last chunk, it asks at once for "bytes=N-", N the bytes it has had, and
#   the page hears nothing of it: no ended, no error.
# So: a server that restarts politely loses its browsers, one that is killed
#   while it sends in chunks keeps them; a reply without chunks cannot say
#   "broken" but by a reset.
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
function serve(request, response, how) {
  (asked[how] ??= []).push(request.headers.range);
  if (asked[how].length > 1) return unchunked(response).end(frames(100));
  if (how.endsWith('plain')) unchunked(response);
  response.setHeader('content-type', 'audio/mpeg').write(frames(160), () =>
    setTimeout(() => {
      if (how.startsWith('end')) response.end();
      else if (how.startsWith('reset')) request.socket.resetAndDestroy();
      else request.socket.end();
    }, 1000));
}
const ways = ['end plain', 'end chunked', 'reset plain', 'close chunked'];
let left = ways.length;
const events = {};
const leave = await visit(`
  for (const how of ${JSON.stringify(ways)}) {
    const audio = new Audio('/sound?' + encodeURIComponent(how));
    audio.onended = audio.onerror = event => say(how + ':' + event.type);
    audio.play();
  }`, serve, said => {
  const [how, event] = said.split(':');
  events[how] = event;
  if (--left) return;
  for (const how of ways)
    console.log(`${how}: asked for ${asked[how].join(', then for ')}; ${events[how]}`);
  leave();
});
END
timeout 100 node "$tmp/run.mjs" "$tmp" "$root/usr/lib/chromium/chromium" \
    >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
end plain: asked for bytes=0-; ended
end chunked: asked for bytes=0-; ended
reset plain: asked for bytes=0-, then for bytes=66720-; ended
close chunked: asked for bytes=0-, then for bytes=66720-; ended
END
