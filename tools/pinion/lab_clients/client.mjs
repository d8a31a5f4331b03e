// Calls the laboratory's echo service with nothing but Node: node client.mjs HOST:PORT [MESSAGE]
//
// It checks the certificate's chain and name, and then, in checkServerIdentity, that its key is a pin of the peer.
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, constants } from 'node:http2';
import { checkServerIdentity } from 'node:tls';
import { fileURLToPath } from 'node:url';

const [target, message = 'hello'] = process.argv.slice(2);
const folder = fileURLToPath(new URL('.', import.meta.url));
const read = (name) => readFileSync(folder + name);

// The currently accepted pins of the peer dialled as this host.
const pinsOf = (host) =>
  JSON.parse(read('pins.json'))
    .peers.filter((peer) => (peer.hosts ?? []).includes(host))
    .flatMap((peer) => peer.pins.filter((pin) => pin.state !== 'REVOKED').map((pin) => pin.spki));

const checkPin = (host, certificate) => {
  const key = new X509Certificate(certificate.raw).publicKey.export({ type: 'spki', format: 'der' });
  const pin = 'sha256/' + createHash('sha256').update(key).digest('base64');
  return pinsOf(host).includes(pin) ? undefined : new Error(`the server's key ${pin} is no pin of ${host}`);
};

const fail = (error) => {
  console.error(error.message);
  process.exit(1);
};

const session = connect('https://' + target, {
  family: 4,
  ca: read('pki/ca.pem'),
  cert: read('pki/orders.pem'),
  key: read('pki/orders-key.pem'),
  checkServerIdentity: (host, certificate) => checkServerIdentity(host, certificate) ?? checkPin(host, certificate),
});
session.on('error', fail);

// EchoRequest{message} in protobuf's wire format, after gRPC's five-byte prefix: not compressed, and the length.
const text = Buffer.from(message);
const frame = Buffer.concat([Buffer.from([0, 0, 0, 0, text.length + 2, 0x0a, text.length]), text]);
const call = session.request({
  [constants.HTTP2_HEADER_METHOD]: 'POST',
  [constants.HTTP2_HEADER_PATH]: '/pinion.v1.Echo/UnaryEcho',
  'content-type': 'application/grpc',
  te: 'trailers',
});
let status = {};
const answer = [];
call.on('error', fail);
call.on('response', (headers) => (status = headers));
call.on('trailers', (trailers) => (status = trailers));
call.on('data', (data) => answer.push(data));
call.on('end', () => {
  session.close();
  if (status['grpc-status'] !== '0') fail(new Error(`gRPC status ${status['grpc-status']}: ${status['grpc-message']}`));
  console.log(Buffer.concat(answer).subarray(7).toString());
});
call.setTimeout(10000, () => fail(new Error('no answer within ten seconds')));
call.end(frame);
