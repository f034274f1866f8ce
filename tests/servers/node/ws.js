// ws.js [CERT KEY]: a real WebSocket server (the package ws) on loopback (HOST), or the unix socket SOCKET; prints its port. The path says how it
// behaves: / echoes, /hello greets twice and echoes, /close/CODE/REASON closes, /drop ends TCP without a close frame,
// /leave/MS closes with 1001 after so long, /big sends 2 MB, /nopong never answers a ping, /binary sends bytes,
// /flood sends without end, /refuse/STATUS refuses the upgrade, /auth wants "Authorization: Bearer let-me-in" and
// the Origin https://app.example.com, /basic wants user and password of u:p w. It prints each message that comes on stderr.
'use strict';
const fs = require('fs');
const path = require('path');
const modules = process.env.NODE_MODULES || path.join(__dirname, 'node_modules');
const { WebSocketServer } = require(path.join(modules, 'ws'));
const [cert, key] = process.argv.slice(2);
const server = cert
  ? require('https').createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) })
  : require('http').createServer();
const options = { noServer: true, handleProtocols: (offered) => offered.has('chat.v2') ? 'chat.v2' : false };
const sockets = new WebSocketServer(options);
const mute = new WebSocketServer({ noServer: true, autoPong: false });

function refuse(socket, status, body) {
  socket.end(`HTTP/1.1 ${status} No\r\nContent-Type: application/json\r\nX-Refused-By: ws.js\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}

function serve(ws, parts) {
  ws.on('message', (data, binary) => {
    process.stderr.write(`message ${data}\n`);
    ws.send(data, { binary });
  });
  ws.on('close', (code) => process.stderr.write(`closed ${code}\n`));
  ws.on('error', (error) => process.stderr.write(`error ${error.message}\n`));
  if (parts[0] === 'hello') {
    ws.send('{"type":"welcome"}');
    ws.send('{"type":"ready","n":2}');
  } else if (parts[0] === 'close') {
    ws.close(Number(parts[1]), parts[2] || '');
  } else if (parts[0] === 'drop') {
    ws.terminate();
  } else if (parts[0] === 'leave') {
    setTimeout(() => ws.close(1001, 'bye'), Number(parts[1]));
  } else if (parts[0] === 'big') {
    ws.send('x'.repeat(2 << 20));
  } else if (parts[0] === 'binary') {
    ws.send(Buffer.from([0, 1, 2, 255]));
  } else if (parts[0] === 'flood') {
    const more = () => { if (ws.readyState === 1) { ws.send('{"type":"noise"}', more); } };
    more();
  }
}

server.on('upgrade', (request, socket, head) => {
  const parts = decodeURIComponent(request.url.split('?')[0]).split('/').slice(1);
  if (parts[0] === 'refuse') {
    refuse(socket, Number(parts[1]), '{"detail":"not so"}');
    return;
  }
  if (parts[0] === 'auth') {
    if (request.headers.authorization !== 'Bearer let-me-in') { refuse(socket, 401, ''); return; }
    if (request.headers.origin !== 'https://app.example.com') { refuse(socket, 403, ''); return; }
  }
  if (parts[0] === 'basic' && request.headers.authorization !== 'Basic dTpwIHc=') { refuse(socket, 401, ''); return; }
  const into = parts[0] === 'nopong' ? mute : sockets;
  into.handleUpgrade(request, socket, head, (ws) => serve(ws, parts));
});
server.on('request', (request, response) => {
  response.writeHead(426, { 'Content-Type': 'text/plain' });
  response.end('Upgrade Required');
});
const place = process.env.SOCKET ? { path: process.env.SOCKET } : { port: 0, host: process.env.HOST || '127.0.0.1' };
server.listen(place, () => console.log(server.address().port || 0));
