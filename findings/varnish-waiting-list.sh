#!/usr/bin/env bash
# varnish: long polls to one address reach the origin one at a time at first.
#
# Guess: replies that may not be stored (no-store) are passed on, each request
#   to the origin by itself, so that all who wait are answered together.
# Seen: three ask, the origin sees one; the others wait in varnish until that
#   one is answered, since it might have been a hit. Only then is the address
#   known for one that is not stored (two minutes long by its own rules), and
#   the two others ask the origin late; the next three all ask at once.
# So: after each quiet two minutes all pages but one miss a change; an address
#   of long polls needs a rule "return (pass)".
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download \
    varnish=7.1.1-2+deb12u1 libvarnishapi3=7.1.1-2+deb12u1 \
    libjemalloc2=5.3.0-1) >"$tmp/apt" 2>&1 ||
    { echo 'skip: the suite does not give varnish=7.1.1-2+deb12u1'; exit 77; }
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
export LD_LIBRARY_PATH="$tmp/root/usr/lib/$(uname -m)-linux-gnu:$tmp/root/usr/lib/varnish"
command -v cc >"$tmp/cc" ||
    { echo 'skip: varnish compiles its rules with cc'; exit 77; }

cat >"$tmp/run.mjs" <<'END'
import http from 'node:http';
import net from 'node:net';
import { writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';

const folder = process.argv[2];
const listen = server => new Promise(done =>
  server.listen(0, '127.0.0.1', () => done(server.address().port)));
async function free() {
  const server = net.createServer(), port = await listen(server);
  await new Promise(done => server.close(done));
  return port;
}
const children = [];
async function start(port, program, ...options) {
  const child = spawn(folder + program, options);
  children.push(child);
  process.on('exit', () => child.kill()).on('SIGTERM', () => process.exit(1));
  while (!await new Promise(done => net.connect(port, '127.0.0.1')
    .on('connect', () => done(true)).on('error', () => setTimeout(done, 50))));
}
async function stop() {
  for (const child of children) {
    const gone = new Promise(done => child.on('exit', done));
    child.kill();
    await gone;
  }
  process.exit();
}
const waiting = [];  // the origin's replies that are open
const origin = http.createServer((request, response) => waiting.push(response));
const from = await listen(origin), port = await free();
writeFileSync(`${folder}/rules.vcl`, `vcl 4.1;
backend origin { .host = "127.0.0.1"; .port = "${from}"; }`);
await start(port, '/root/usr/sbin/varnishd', '-F', '-j', 'none', '-n', `${folder}/v`,
  '-a', `127.0.0.1:${port}`, '-f', `${folder}/rules.vcl`);

const ask = () => http.get({ port, host: '127.0.0.1', path: '/poll', agent: false },
  response => response.resume()).on('error', () => {});
async function reach(most) {  // how many are with the origin, once it is settled
  for (let i = 0; i < 60 && waiting.length < most; i++)
    await new Promise(done => setTimeout(done, 50));
  return waiting.length;
}
function answer() {
  for (const response of waiting.splice(0))
    response.writeHead(200, { 'cache-control': 'no-store' }).end('title');
}

[ask, ask, ask].map(f => f());
console.log(`three ask: ${await reach(3)} with the origin`);
answer();
console.log(`that one is answered: ${await reach(2)} with the origin`);
answer();
[ask, ask, ask].map(f => f());
console.log(`three ask again: ${await reach(3)} with the origin`);
await stop();
END
"$tmp/root/usr/sbin/varnishd" -V 2>&1 | sed -n 1p
timeout 50 node "$tmp/run.mjs" "$tmp" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
three ask: 1 with the origin
that one is answered: 2 with the origin
three ask again: 3 with the origin
END
