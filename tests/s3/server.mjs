// A store that speaks S3 and that others wrote.
//
//     node server.mjs MODULES FOLDER PORT BUCKET...
//
// Says on its first line where it is. What FOLDER has of an earlier run is there again. The
// store does not look at signatures of today's kind: whoever stands before it does, by another
// library, and at the hash of what was sent.
import { createHash } from 'node:crypto';
import { createServer, request as ask } from 'node:http';
import { createRequire } from 'node:module';

const [modules, directory, port, ...buckets] = process.argv.slice(2);
// Installed in the folder that is named, and not beside this file.
const installed = createRequire(`${modules}/`);
const S3rver = installed('s3rver');
const aws4 = installed('aws4');

const KEYS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
const FORM = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(.+)$/;

const store = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  directory,
  vhostBuckets: false,
  configureBuckets: buckets.map((name) => ({ name })),
});
const behind = (await store.run()).port;

function isSigned({ method, url, headers }, body) {
  const [, region, names, signature] = FORM.exec(headers.authorization ?? '') ?? [];
  const sent = createHash('sha256').update(body).digest('hex');
  const late = Math.abs(Date.now() - moment(headers['x-amz-date'])) > 15 * 60_000;
  if (!signature || headers['x-amz-content-sha256'] !== sent || late) return false;
  const signed = Object.fromEntries(names.split(';').map((name) => [name, headers[name]]));
  const again = aws4.sign({ service: 's3', region, method, path: url, headers: signed }, KEYS);
  return FORM.exec(again.headers.Authorization)[3] === signature;
}

function moment(written = '') {
  return Date.parse(written.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function refuse(response) {
  response.writeHead(403, { 'Content-Type': 'application/xml' });
  response.end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
}

const server = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const body = Buffer.concat(pieces);
  if (!isSigned(request, body)) return refuse(response);
  const { method, url: path, headers } = request;
  const passed = ask({ host: '127.0.0.1', port: behind, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  passed.end(body);
});
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
