// A broadcast server on the npm package `socket.io`, written as its
// documentation does it, over WebSocket alone. Messages come over a control
// socket: a length (4 bytes, network order) and the text. With a Redis it is one
// of several, and clients' messages `say` go to all.
//
//   node socketio_server.js PORT CONTROL-PORT [REDIS-PORT]
'use strict';

const http = require('http');
const net = require('net');
const { Server } = require('socket.io');

const [port, controlPort, redisPort] = process.argv.slice(2).map(Number);
const server = http.createServer();
const io = new Server(server, {
  transports: ['websocket'], serveClient: false, pingInterval: 3600000,
});

async function share() {
  const { createClient } = require('redis');
  const { createAdapter } = require('@socket.io/redis-adapter');
  const publisher = createClient({ url: `redis://127.0.0.1:${redisPort}` });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  io.adapter(createAdapter(publisher, subscriber));
  io.on('connection', (socket) => {
    socket.on('say', (text) => io.emit('message', text));
  });
}

(redisPort ? share() : Promise.resolve()).then(() => {
  server.listen({ host: '127.0.0.1', port, backlog: 4096 });
});

net
  .createServer((publisher) => {
    let rest = Buffer.alloc(0);
    publisher.on('error', () => publisher.destroy());
    publisher.on('data', (part) => {
      rest = Buffer.concat([rest, part]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
        const end = 4 + rest.readUInt32BE(0);
        io.emit('message', rest.toString('utf8', 4, end));
        rest = rest.subarray(end);
      }
    });
  })
  .listen(controlPort, '127.0.0.1');
