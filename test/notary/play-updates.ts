import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { NotaryClient } from '../../src/notary/client/index.ts';
import { parseGun } from '../../src/tuf/index.ts';
import { newCertificateSigner, newRepository } from '../tuf-repository.ts';
import { Forge, type Parts } from './forge.ts';
import { DATES, type UpdateCase } from './update-cases.ts';

/** A server to send updates to. */
export interface Target {
  readonly url: string;
  /** PEM of its authority, over TLS. */
  readonly ca?: string;
}

/** Sends the updates of a case to a collection of their own, and gives the answers in the form the case has them. */
export async function playUpdates(target: Target, gun: string, { steps }: UpdateCase): Promise<string[]> {
  using client = new NotaryClient(target);
  const name = parseGun(gun);
  const [timestamp, snapshot] = [await client.getKey(name, 'timestamp'), await client.getKey(name, 'snapshot')];
  const forge = new Forge(newRepository(gun, { timestamp, snapshot }, newCertificateSigner(gun, DATES)));
  const answers: string[] = [];
  for (const parts of await steps(forge)) answers.push(await upload(target, gun, parts));
  return answers;
}

function upload({ url, ca }: Target, gun: string, parts: Parts): Promise<string> {
  const boundary = 'boundary0123456789';
  const body = Buffer.concat([
    ...Object.entries(parts).flatMap(([role, bytes]) => [
      Buffer.from(`\r\n--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="${role}"\r\n\r\n`),
      bytes,
    ]),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': body.length };
  const request = ca === undefined ? httpRequest : httpsRequest;
  return new Promise((resolve) => {
    const sent = request(`${url}/v2/${gun}/_trust/tuf/`, { method: 'POST', ca, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve(describeAnswer(response.statusCode ?? 0, Buffer.concat(chunks).toString())));
    });
    sent.on('error', (error) => resolve(`no answer: ${error.message}`)).end(body);
  });
}

/** Without what differs from one run to the next, and without Go's own words for a member of the wrong kind. */
function describeAnswer(status: number, body: string): string {
  if (status === 200) return '200';
  const [{ code, detail }] = JSON.parse(body).errors;
  if (typeof detail?.Name !== 'string') return code;
  return `${detail.Name}: ${detail.Error.Msg}`
    .replace(/[0-9a-f]{64,128}/g, 'HEX')
    .replace(/sha(256|512) checksum/, 'sha… checksum')
    .replace(/(json: cannot unmarshal|malformed metadata:) .*/, 'members of the wrong kind');
}
