import { expect, test } from 'vitest';
import { registryAuth } from './credentials.ts';

test.each(['a', 'ab', 'abc', 'ÿ~?>'])('the password %j reaches an Engine padded, as it reads it', async (password) => {
  const auths = { 'r:5000': { auth: Buffer.from(`alice:${password}`).toString('base64') } };
  const header = await registryAuth({ path: '/none', value: { auths } }, 'r:5000');
  expect(header).toMatch(/^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=)?$/);
  const auth = { username: 'alice', password, serveraddress: 'r:5000' };
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual(auth);
});
