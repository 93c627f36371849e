#!/usr/bin/env bash
# Chromium: the audio node of an element that plays a MediaStream is silent.
#
# Guess: createMediaElementSource() gives what an <audio> plays, whatever it plays,
#   as an equalizer or a level meter of a page takes it for granted.
# Seen: of an element with a src it does. Of one with a srcObject (the end of a
#   WebRTC connection, or a MediaStreamAudioDestinationNode) the node is silent,
#   without an error or a warning, though the element is heard and its time goes on;
#   createMediaStreamSource() of the very same stream has the sound.
# So: a player that decodes for itself and plays through an element looks mute to
#   what a page hangs behind its elements; a page has to ask what the element plays.
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

// Two seconds of a square wave, 8000 samples a second, 8 bits.
function sound() {
  const samples = Buffer.from(Array.from({ length: 16000 },
    (_, i) => i % 16 < 8 ? 64 : 192));
  const head = Buffer.alloc(44);
  head.write('RIFF');
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  for (const [at, value] of [[16, 16], [24, 8000], [28, 8000]])
    head.writeUInt32LE(value, at);
  for (const [at, value] of [[20, 1], [22, 1], [32, 1], [34, 8]])
    head.writeUInt16LE(value, at);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

const page = `<script>
  const wait = ms => new Promise(done => setTimeout(done, ms));
  const context = new AudioContext();
  // the loudest that comes out of a node within a second
  async function loudness(node) {
    const analyser = context.createAnalyser();
    node.connect(analyser);
    const values = new Float32Array(analyser.fftSize);
    let most = 0;
    for (let i = 0; i < 20; i++) {
      await wait(50);
      analyser.getFloatTimeDomainData(values);
      most = Math.max(most, ...values.map(Math.abs));
    }
    return most > 0.01 ? 'heard' : 'silent';
  }
  async function playing(how) {
    const audio = new Audio();
    Object.assign(audio, how);
    await audio.play();
    await wait(500);
    return audio;
  }
  (async () => {
    await context.resume();
    const file = await playing({ src: '/sound', loop: true });
    const seen = ['src, its node: ' +
      await loudness(context.createMediaElementSource(file))];
    const other = new AudioContext();
    const tone = other.createOscillator();
    const end = other.createMediaStreamDestination();
    tone.connect(end);
    tone.start();
    const streamed = await playing({ srcObject: end.stream });
    seen.push('srcObject, its node: ' +
      await loudness(context.createMediaElementSource(streamed)));
    seen.push('srcObject, the stream: ' +
      await loudness(context.createMediaStreamSource(streamed.srcObject)));
    seen.push('its time goes on: ' + (streamed.currentTime > 1));
    await fetch('/say?' + encodeURIComponent(seen.join('\\n')));
  })();
</script>`;

const [folder, program] = process.argv.slice(2);
const server = http.createServer((request, response) => {
  const { pathname, search } = new URL(request.url, 'http://localhost');
  if (pathname === '/sound') {
    response.setHeader('content-type', 'audio/wav').end(sound());
  } else if (pathname === '/say') {
    console.log(decodeURIComponent(search.slice(1)));
    response.end();
    browser.kill();
  } else {
    response.setHeader('content-type', 'text/html').end(page);
  }
});
await new Promise(done => server.listen(0, '127.0.0.1', done));
const browser = spawn(program, ['--headless', '--no-sandbox', '--disable-gpu',
  '--mute-audio', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', `--user-data-dir=${folder}/profile`,
  '--autoplay-policy=no-user-gesture-required',
  `http://127.0.0.1:${server.address().port}/`], { stdio: 'ignore' });
process.on('exit', () => browser.kill()).on('SIGTERM', () => process.exit(1));
browser.on('exit', () => process.exit());
END
timeout 50 node "$tmp/run.mjs" "$tmp" "$root/usr/lib/chromium/chromium" \
    >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
src, its node: heard
srcObject, its node: silent
srcObject, the stream: heard
its time goes on: true
END
