#!/usr/bin/env bash
# http-proxy: a stream whose origin has died stays open for its reader.
#
# Guess: if the origin breaks off in the middle of a reply, the proxies of Node's
#   development servers break off as well, or end it; so a page's EventSource
#   comes back once the origin is up again.
# Seen: with http-proxy and http-proxy-3 the reader is told nothing, neither an
#   end nor an error: the connection stays, and nothing comes over it any more.
#   An end with the last chunk is passed on.
# So: a page behind a development server needs a time-out of its own on the
#   heartbeat; "error" of the proxy is the place to destroy the response, but
#   comes only after a reset.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
npm i --prefix "$tmp" --prefer-offline --silent --no-audit \
    --no-fund --ignore-scripts \
    http-proxy@1.18.1 http-proxy-3@2.0.1 ||
    { echo 'skip: npm does not give these versions'; exit 77; }

cat >"$tmp/run.mjs" <<'END'
import http from 'node:http';
import httpProxy from 'http-proxy';
import { createProxyServer } from 'http-proxy-3';

const listen = server => new Promise(done =>
  server.listen(0, '127.0.0.1', () => done(server.address().port)));
const origin = http.createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: 1\n\n', () => setTimeout(() => {
    if (request.url == '/reset') request.socket.resetAndDestroy();
    else if (request.url == '/close') request.socket.destroy();
    else response.end();
  }, 500));
});
const target = `http://127.0.0.1:${await listen(origin)}`;
const by = proxy => (request, response) => proxy.web(request, response);
const proxies = {
  'http-proxy': by(httpProxy.createProxyServer({ target }).on('error', () => {})),
  'http-proxy-3': by(createProxyServer({ target }).on('error', () => {})),
};
const end_of = (port, path) => new Promise(done => http.get(
  { port, host: '127.0.0.1', path, agent: false }, response => response.resume()
    .on('end', () => done('ended')).on('error', () => done('broken'))
    .on('data', () => setTimeout(done, 6000, 'open, silent'))));
for (const [name, serve] of Object.entries(proxies)) {
  const port = await listen(http.createServer(serve));
  const paths = ['/end', '/close', '/reset'];
  const ends = await Promise.all(paths.map(path => end_of(port, path)));
  console.log(`${name}:`, paths.map((path, i) => `${path} ${ends[i]}`).join(', '));
}
process.exit();
END
for p in http-proxy http-proxy-3; do
    node -p "'$p ' + JSON.parse(fs.readFileSync(
        '$tmp/node_modules/$p/package.json')).version"
done
timeout 50 node --no-deprecation "$tmp/run.mjs" >"$tmp/seen" 2>&1 || :
cat "$tmp/seen"
diff - "$tmp/seen" <<'END' && echo 'as found'
http-proxy: /end ended, /close open, silent, /reset open, silent
http-proxy-3: /end ended, /close open, silent, /reset open, silent
END
