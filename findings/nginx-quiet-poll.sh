#!/usr/bin/env bash
# nginx: one quiet long poll takes all servers of an upstream out of service.
#
# Guess: a long poll that outlasts proxy_read_timeout gets a 504, as one of an
#   upstream with a single server does; nobody else is touched.
# Seen: a head that is late counts as a failure of the server (max_fails), and
#   the poll is asked of the next one, where it is late too. After one quiet
#   poll no server is left, and every visitor of any page gets 502 for ten
#   seconds. An event stream that goes quiet after its head does no harm.
# So: let the origin answer a poll before proxy_read_timeout, or give the servers
#   "max_fails=0".
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && apt-get -qq download \
    nginx=1.22.1-9+deb12u11) >"$tmp/apt" 2>&1 ||
    { echo 'skip: the suite does not give nginx=1.22.1-9+deb12u11'; exit 77; }
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
export LD_LIBRARY_PATH="$tmp/root/usr/lib/$(uname -m)-linux-gnu"

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
const nginx_conf = servers => `daemon off; master_process off;
pid ${folder}/pid; events {} http { access_log off;
proxy_temp_path ${folder}/p; client_body_temp_path ${folder}/b;
fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u;
scgi_temp_path ${folder}/s; ${servers} }`;

const polls = {};
const serve = name => http.createServer((request, response) => {
  if (request.url.endsWith('/poll'))  // nothing new
    return void (polls[request.url] ??= []).push(name);
  if (request.url.endsWith('/events')) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    return void response.write('data: 1\n\n');
  }
  response.end('a page');
});
const a = await listen(serve('a')), b = await listen(serve('b'));
const port = await free();
const upstream = (name, more) => `upstream ${name} {
  server 127.0.0.1:${a} ${more}; server 127.0.0.1:${b} ${more}; }`;
writeFileSync(`${folder}/nginx.conf`, nginx_conf(`
${upstream('usual', '')} ${upstream('uncounted', 'max_fails=0')}
server { listen 127.0.0.1:${port};
  proxy_read_timeout 2s;
  location /usual/ { proxy_pass http://usual; }
  location /uncounted/ { proxy_pass http://uncounted; } }`));
await start(port, '/root/usr/sbin/nginx', '-c', `${folder}/nginx.conf`,
  '-e', `${folder}/error.log`);

const ask = path => new Promise(done => http.get(
  { port, host: '127.0.0.1', path, agent: false }, response => response.resume()
    .on('end', () => done(response.statusCode))
    .on('error', () => done(`${response.statusCode} (cut)`))));
for (const way of ['/usual', '/uncounted']) {
  console.log(`${way}: page ${await ask(`${way}/page`)},`,
    `quiet events ${await ask(`${way}/events`)}, page ${await ask(`${way}/page`)},`,
    `quiet poll ${await ask(`${way}/poll`)}, page ${await ask(`${way}/page`)};`,
    `asked of ${polls[`${way}/poll`].length}`);
}
await stop();
END
"$tmp/root/usr/sbin/nginx" -v 2>&1
timeout 50 node "$tmp/run.mjs" "$tmp" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
/usual: page 200, quiet events 200 (cut), page 200, quiet poll 504, page 502; asked of 2
/uncounted: page 200, quiet events 200 (cut), page 200, quiet poll 504, page 200; asked of 2
END
