// socketio.js [TRANSPORTS]: a real Socket.IO server on loopback; prints its port, and on stderr what becomes of
// each session of Engine.IO ("open ID", "closed ID"), and "client" where one of Socket.IO itself came.
'use strict';
const path = require('path');
const modules = process.env.NODE_MODULES || path.join(__dirname, 'node_modules');
const { Server } = require(path.join(modules, 'socket.io'));
const server = require('http').createServer();
const forbids = process.env.FORBIDS;
const io = new Server(server, {
  transports: (process.argv[2] || 'polling,websocket').split(','),
  allowRequest: (request, done) => done(null, !forbids || request.headers.origin !== forbids),
  cors: { origin: 'https://app.example.com' },
});
io.engine.on('connection', (session) => {
  process.stderr.write(`open ${session.id}\n`);
  session.on('close', () => process.stderr.write(`closed ${session.id}\n`));
});
io.on('connection', () => process.stderr.write('client\n'));
const place = process.env.SOCKET ? { path: process.env.SOCKET } : { port: 0, host: '127.0.0.1' };
server.listen(place, () => console.log(server.address().port || 0));
