// An OAuth server that others wrote, behind the doors of the two providers that are asked.
//
// Says on its first line where it is. `/events` tells what the token endpoint did, `/slow`
// makes it wait so many milliseconds before it answers.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

// Installed in the folder that is named, and not beside this file.
const installed = createRequire(`${process.argv[2]}/`).resolve('oidc-provider');
const { Provider } = await import(pathToFileURL(installed));

const events = [];
let slow = 0;
let answer;

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://here');
  if (pathname === '/events') {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(events));
  } else if (pathname === '/slow') {
    slow = Number(searchParams.get('ms'));
    response.end();
  } else {
    answer(request, response);
  }
});

server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const redirect = 'http://127.0.0.1:8000/account';
  const common = {
    application_type: 'native',
    grant_types: [
      'authorization_code',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
    ],
    redirect_uris: [`${redirect}/spotify/callback`, `${redirect}/google/callback`],
    response_types: ['code'],
  };
  const provider = new Provider(issuer, {
    clients: [
      { ...common, client_id: 'house', client_secret: 'of-the-house' },
      { ...common, client_id: 'public', token_endpoint_auth_method: 'none' },
      {
        ...common,
        client_id: 'posting',
        client_secret: 'of-the-house',
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
    },
    findAccount: async (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    // As at Spotify: who has a secret keeps the refresh token, who has none gets a new one.
    rotateRefreshToken: (ctx) => ctx.oidc.client.clientAuthMethod === 'none',
    issueRefreshToken: async () => true,
    pkce: { required: (_ctx, client) => client.clientId !== 'posting' },
    routes: { authorization: '/authorize', token: '/api/token' },
    scopes: ['openid', 'offline_access', 'user-library-read', 'user-top-read', 'youtube'],
    ttl: { AccessToken: 3600, AuthorizationCode: 60, DeviceCode: 600, RefreshToken: 86400 },
    cookies: { keys: ['only for tests'] },
  });
  const told = (name) => (ctx, error) =>
    events.push({
      name,
      client: ctx.oidc.client?.clientId,
      grant: ctx.oidc.params?.grant_type,
      error: error?.error,
    });
  provider.on('grant.success', told('success'));
  provider.on('grant.error', told('error'));
  provider.on('grant.revoked', told('revoked'));
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path === '/api/token' && slow) await pause(slow);
  });
  answer = provider.callback();
  console.log(issuer);
});
