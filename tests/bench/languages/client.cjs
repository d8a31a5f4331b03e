// The load client (tests/bench/load/client.cc) on @grpc/grpc-js: client.cjs TARGET FOLDER PIN. Only "unary".
//
// It checks the certificate's chain and name, and then, in checkServerIdentity, that its key is PIN.
'use strict';
const { createHash, X509Certificate } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { createInterface } = require('node:readline');
const { checkServerIdentity } = require('node:tls');
const grpc = require('@grpc/grpc-js');

const [target, folder, pin] = process.argv.slice(2);
const read = (name) => readFileSync(`${folder}/${name}`);

const checkPin = (certificate) => {
  const key = new X509Certificate(certificate.raw).publicKey.export({ type: 'spki', format: 'der' });
  const presented = 'sha256/' + createHash('sha256').update(key).digest('base64');
  return presented === pin ? undefined : new Error(`the server's key ${presented} is not ${pin}`);
};
const credentials = grpc.credentials.createSsl(read('ca.pem'), read('orders-key.pem'), read('orders.pem'), {
  checkServerIdentity: (host, certificate) => checkServerIdentity(host, certificate) ?? checkPin(certificate),
});
const client = new grpc.Client(target, credentials, {
  'grpc.ssl_target_name_override': 'localhost',
  'grpc.default_authority': 'localhost',
  'grpc.enable_http_proxy': 0,
});

const payload = Buffer.from('\n\u0005hello'); // EchoRequest in protobuf's wire format
const asIs = (bytes) => bytes;
const now = () => Number(process.hrtime.bigint()) / 1e9;

const echo = () =>
  new Promise((resolve, reject) =>
    client.makeUnaryRequest('/pinion.v1.Echo/UnaryEcho', asIs, asIs, payload, (error, answer) => {
      if (error) return reject(error);
      return payload.equals(answer) ? resolve() : reject(new Error('a call returned another message'));
    }),
  );

const unary = async (inFlight, seconds) => {
  const latencies = [];
  const begin = now();
  const callOn = async () => {
    while (now() - begin < seconds) {
      const begun = now();
      await echo();
      latencies.push(now() - begun);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, callOn));
  const took = now() - begin;
  latencies.sort((a, b) => a - b);
  const at = (quantile) => latencies[Math.floor(quantile * (latencies.length - 1))] * 1e6;
  return { done: latencies.length, failed: 0, seconds: took, p50_us: at(0.5), p99_us: at(0.99) };
};

const main = async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const [, inFlight, seconds] = line.split(' ');
    console.log(JSON.stringify(await unary(Number(inFlight), Number(seconds))));
  }
  client.close();
};
main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
