// A broadcast server on the npm package `ws`, written as its documentation
// does it. Messages come over a control socket: a length (4 bytes, network
// order) and the text.
//
//   node ws_server.js PORT CONTROL-PORT
'use strict';

const net = require('net');
const { WebSocket, WebSocketServer } = require('ws');

const [port, controlPort] = process.argv.slice(2).map(Number);
const server = new WebSocketServer({ host: '127.0.0.1', port, backlog: 4096 });

server.on('connection', (socket) => {
  socket.on('error', () => socket.terminate());
});

function broadcast(text) {
  server.clients.forEach((client) => {
    if (client.readyState === WebSocket.OPEN) {
      client.send(text);
    }
  });
}

net
  .createServer((publisher) => {
    let rest = Buffer.alloc(0);
    publisher.on('error', () => publisher.destroy());
    publisher.on('data', (part) => {
      rest = Buffer.concat([rest, part]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
        const end = 4 + rest.readUInt32BE(0);
        broadcast(rest.toString('utf8', 4, end));
        rest = rest.subarray(end);
      }
    });
  })
  .listen(controlPort, '127.0.0.1');
