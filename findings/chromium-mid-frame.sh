#!/usr/bin/env bash
# Chromium: a stream begun inside a frame needs twice the bytes to start.
#
# Guess: a decoder finds the next frame of an MP3 within some 400 bytes, so
#   that it makes no difference where in a frame a newcomer is let in, as with
#   all native players.
# Seen: begun at a frame it plays once 64 KiB have come; begun one byte later,
#   or in the middle, only once 128 KiB have: more than the burst of 64 KiB
#   that servers give, so the rest must come at the pace of the sound.
# So: at 128 kbit/s the page is silent four seconds longer, at 64 eight; a
#   server that begins at a frame boundary (Icecast does not) starts at once.
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
ffmpeg -v error -f lavfi -i sine=440:duration=20 -c:a libmp3lame -b:a 128k \
    "$tmp/sound.mp3"

cat >"$tmp/run.mjs" <<'END'
import http from 'node:http';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

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
// where the frames begin: 128 kbit/s, 44.1 kHz
const mp3 = readFileSync(`${process.argv[2]}/sound.mp3`), begins = [];
for (let at = 0; begins.length < 20;)
  if (mp3.readUInt16BE(at) == 0xfffb) {
    begins.push(at);
    at += 417 + (mp3[at + 2] >> 1 & 1);
  } else at++;
const from = begins.at(-1);

const open = {}, playing = {};
const until = found => new Promise(done => {
  const look = setInterval(() => found() && done(clearInterval(look)), 50);
});
const starts = [0, 1, 200];
const leave = await visit(`
  for (const start of ${JSON.stringify(starts)}) {
    const audio = new Audio('/sound?' + start);
    audio.onplaying = () => say(start);
    audio.play();
  }`, (request, response, start) => {
  response.shouldKeepAlive = response.useChunkedEncodingByDefault = false;
  response.setHeader('content-type', 'audio/mpeg').flushHeaders();
  open[start] = response;
}, start => { playing[start] = true; });

await until(() => Object.keys(open).length == 3);
let sent = 0;
async function send(kib) {  // to all three, then waits for the first, and 3 s
  for (const start of starts)
    open[start].write(mp3.subarray(from + start + sent, from + start + kib * 1024));
  sent = kib * 1024;
  await until(() => playing[0]);
  await Promise.race([until(() => playing[1] && playing[200]),
    new Promise(done => setTimeout(done, kib < 132 ? 3000 : 30000))]);
  for (const start of starts)
    console.log(`${kib} KiB from byte ${start} of a frame on:`,
      playing[start] ? 'plays' : 'does not play yet');
}
await send(68);
await send(120);
await send(132);
leave();
END
timeout 100 node "$tmp/run.mjs" "$tmp" "$root/usr/lib/chromium/chromium" \
    >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
68 KiB from byte 0 of a frame on: plays
68 KiB from byte 1 of a frame on: does not play yet
68 KiB from byte 200 of a frame on: does not play yet
120 KiB from byte 0 of a frame on: plays
120 KiB from byte 1 of a frame on: does not play yet
120 KiB from byte 200 of a frame on: does not play yet
132 KiB from byte 0 of a frame on: plays
132 KiB from byte 1 of a frame on: plays
132 KiB from byte 200 of a frame on: plays
END
