import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFields, FieldReader } from './protobuf.ts';
import {
  createKeyRequest,
  getKeyInfoResponse,
  healthResponse,
  keyid,
  publicKey,
  signatureRequest,
  signatureResponse,
} from './signer-messages.ts';

const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each));
const text = fc.string({ unit: 'binary', maxLength: 200 });

describe('what is written', () => {
  test.each([
    { of: 'CreateKeyRequest', coding: createKeyRequest, values: fc.record({ algorithm: text, gun: text, role: text }) },
    { of: 'PublicKey', coding: publicKey, values: fc.record({ keyid: text, algorithm: text, publicKey: bytes }) },
    {
      of: 'GetKeyInfoResponse',
      coding: getKeyInfoResponse,
      values: fc.record({ keyid: text, algorithm: text, publicKey: bytes, role: text, gun: text }),
    },
    { of: 'KeyID', coding: keyid, values: text },
    { of: 'SignatureRequest', coding: signatureRequest, values: fc.record({ keyid: text, content: bytes }) },
    {
      of: 'Signature',
      coding: signatureResponse,
      values: fc.record({ keyid: text, algorithm: text, method: text, content: bytes }),
    },
    { of: 'HealthCheckResponse', coding: healthResponse, values: fc.nat({ max: 2 ** 31 }) },
  ])('as a $of is read as it was', ({ coding, values }) => {
    const { encode, decode } = coding as { encode(value: unknown): Buffer; decode(bytes: Buffer): unknown };
    fc.assert(
      fc.property(values as fc.Arbitrary<unknown>, (value) => {
        expect(decode(encode(value))).toEqual(value);
      }),
    );
  });
});

describe('the bytes of a message', () => {
  const info = { keyid: 'ab', algorithm: 'ecdsa' };
  test.each([
    {
      of: 'CreateKeyRequest',
      encoded: createKeyRequest.encode({ algorithm: 'ecdsa', gun: 'g/é', role: 'snapshot' }),
      hex: '0a0565636473611204672fc3a91a08736e617073686f74',
    },
    {
      of: 'GetKeyInfoResponse',
      encoded: getKeyInfoResponse.encode({ ...info, publicKey: Buffer.from([1, 255]), role: 'snapshot', gun: '' }),
      hex: '0a0f0a040a02616212070a056563647361120201ff1a08736e617073686f74',
    },
    {
      of: 'SignatureRequest',
      encoded: signatureRequest.encode({ keyid: 'ab', content: Buffer.from('x') }),
      hex: '0a040a026162120178',
    },
    {
      of: 'Signature, longer than 127 bytes',
      encoded: signatureResponse.encode({ ...info, method: 'ecdsa', content: Buffer.alloc(200, 7) }),
      hex: `0a0f0a040a02616212070a05656364736112070a0565636473611ac801${'07'.repeat(200)}`,
    },
  ])('$of are those that protobufjs 7.6 makes', ({ encoded, hex }) => {
    expect(encoded.toString('hex')).toBe(hex);
  });
});

describe('a reader', () => {
  test('takes the last of a field that comes twice, and passes over what it does not know', () => {
    const unknown = Buffer.from('0d0102030411010203040506070848ffffffff0f5203616263', 'hex');
    const message = Buffer.concat([encodeFields({ 1: 'a' }), unknown, encodeFields({ 1: 'b' })]);
    expect(new FieldReader(message).text(1)).toBe('b');
  });

  test.each([
    { what: 'a field cut off', hex: '0a0561' },
    { what: 'a length beyond all bounds', hex: '0affffffffffffffffff01' },
    { what: 'a number without end', hex: '08ffffffffffffffffffffff' },
    { what: 'a group', hex: '0b0c' },
    { what: 'a field with number 0', hex: '0000' },
    { what: 'a fixed number cut off', hex: '0901' },
  ])('refuses $what', ({ hex }) => {
    expect(() => new FieldReader(Buffer.from(hex, 'hex'))).toThrow(
      expect.objectContaining({ code: 'PROTOBUF_INVALID' }),
    );
  });

  test('reads any bytes or refuses them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (message) => {
        try {
          signatureResponse.decode(Buffer.from(message));
        } catch (error) {
          expect(error).toMatchObject({ code: 'PROTOBUF_INVALID' });
        }
      }),
    );
  });
});
