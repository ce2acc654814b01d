import { encodeFields, encodeMessage, FieldReader } from './protobuf.ts';

/**
 * Messages of the signer's protocol (notary 0.7, `proto/signer.proto`) and of gRPC's health protocol (grpc/grpc,
 * `doc/health-checking.md`). See `docs/wire/signer.md`.
 */

/** How one message is written and read. */
export interface MessageCoding<T> {
  encode(message: T): Buffer;
  /** @throws {ProtobufInvalidError} */
  decode(bytes: Buffer): T;
}

export interface CreateKeyRequest {
  readonly algorithm: string;
  readonly gun: string;
  readonly role: string;
}
export const createKeyRequest: MessageCoding<CreateKeyRequest> = {
  encode: ({ algorithm, gun, role }) => encodeFields({ 1: algorithm, 2: gun, 3: role }),
  decode(bytes) {
    const fields = new FieldReader(bytes);
    return { algorithm: fields.text(1), gun: fields.text(2), role: fields.text(3) };
  },
};

/** A key: its id, its kind as metadata has it, and its public part as metadata has it before base64. */
export interface KeyDescription {
  readonly keyid: string;
  readonly algorithm: string;
  readonly publicKey: Buffer;
}
export const publicKey: MessageCoding<KeyDescription> = {
  encode: ({ publicKey: bytes, ...info }) => Buffer.concat([encodeKeyInfo(1, info), encodeFields({ 2: bytes })]),
  decode: (bytes) => decodeKey(new FieldReader(bytes)),
};

export interface KeyAndRole extends KeyDescription {
  readonly role: string;
  /** The collection it is for; ours alone (field 4), which the original neither sends nor looks at. */
  readonly gun: string;
}
export const getKeyInfoResponse: MessageCoding<KeyAndRole> = {
  encode: ({ role, gun, ...key }) => Buffer.concat([publicKey.encode(key), encodeFields({ 3: role, 4: gun })]),
  decode(bytes) {
    const fields = new FieldReader(bytes);
    return { ...decodeKey(fields), role: fields.text(3), gun: fields.text(4) };
  },
};

export const keyid: MessageCoding<string> = {
  encode: (id) => encodeFields({ 1: id }),
  decode: (bytes) => new FieldReader(bytes).text(1),
};

export interface SignatureRequest {
  readonly keyid: string;
  readonly content: Buffer;
}
export const signatureRequest: MessageCoding<SignatureRequest> = {
  encode: ({ keyid: id, content }) => Buffer.concat([encodeMessage(1, keyid.encode(id)), encodeFields({ 2: content })]),
  decode(bytes) {
    const fields = new FieldReader(bytes);
    return { keyid: fields.message(1).text(1), content: fields.bytes(2) };
  },
};

/** A signature; `method` is what metadata says of it: `ecdsa`, `eddsa`. */
export interface SignatureResponse {
  readonly keyid: string;
  readonly algorithm: string;
  readonly method: string;
  readonly content: Buffer;
}
export const signatureResponse: MessageCoding<SignatureResponse> = {
  encode: ({ method, content, ...info }) =>
    Buffer.concat([
      encodeKeyInfo(1, info),
      encodeMessage(2, encodeFields({ 1: method })),
      encodeFields({ 3: content }),
    ]),
  decode(bytes) {
    const fields = new FieldReader(bytes);
    return { ...decodeKeyInfo(fields.message(1)), method: fields.message(2).text(1), content: fields.bytes(3) };
  },
};

export const nothing: MessageCoding<undefined> = {
  encode: () => Buffer.alloc(0),
  decode(bytes) {
    new FieldReader(bytes);
    return undefined;
  },
};

/** `HealthCheckRequest`: which service is asked about. */
export const healthRequest: MessageCoding<string> = { ...keyid }; // one text, in field 1, as well
/** The same as an object: where answers are streamed, `@grpc/grpc-js` takes an empty text for no request. */
export const watchRequest: MessageCoding<{ readonly service: string }> = {
  encode: ({ service }) => keyid.encode(service),
  decode: (bytes) => ({ service: keyid.decode(bytes) }),
};
/** `HealthCheckResponse`. */
export const SERVING = 1;
export const NOT_SERVING = 2;
export const SERVICE_UNKNOWN = 3; // to those who watch
export const healthResponse: MessageCoding<number> = {
  encode: (status) => encodeFields({ 1: status }),
  decode: (bytes) => new FieldReader(bytes).number(1),
};

type KeyInfo = Pick<KeyDescription, 'keyid' | 'algorithm'>;

function encodeKeyInfo(number: number, { keyid: id, algorithm }: KeyInfo): Buffer {
  const info = [encodeMessage(1, keyid.encode(id)), encodeMessage(2, encodeFields({ 1: algorithm }))];
  return encodeMessage(number, Buffer.concat(info));
}

function decodeKeyInfo(info: FieldReader): KeyInfo {
  return { keyid: info.message(1).text(1), algorithm: info.message(2).text(1) };
}

function decodeKey(fields: FieldReader): KeyDescription {
  return { ...decodeKeyInfo(fields.message(1)), publicKey: fields.bytes(2) };
}
