export { type CertificateAndKey, createCertificateAuthority } from './certificate-authority.ts';
export { DerInvalidError } from './der-reader.ts';
export type { ExternalKey } from './external-key.ts';
export { EncryptionUnsupportedError, PassphraseIncorrectError } from './pbes2.ts';
export { formatPem, type PemBlock, PemInvalidError, parsePem } from './pem.ts';
export { Pkcs11MissingError, TokenError, TokenPinError } from './pkcs11-module.ts';
export { type ListedTokenKey, Pkcs11Token } from './pkcs11-token.ts';
export { PrivateKeyInvalidError } from './private-key.ts';
export {
  decryptPrivateKey,
  encryptPrivateKey,
  isEncryptedKeyFile,
  KeyFileInvalidError,
  type KeyOwner,
  type PrivateKeyFile,
  parsePrivateKeyFile,
} from './private-key-file.ts';
export {
  formatPublicKeyFile,
  type PublicKeyFile,
  PublicKeyFileInvalidError,
  parsePublicKeyFile,
} from './public-key-file.ts';
export { type RandomBytes, systemRandom } from './random.ts';
export { createRootCertificate } from './root-certificate.ts';
export { CertificateNameError, issueServerCertificate, needsRenewal, type ServerNames } from './server-certificate.ts';
export { createSigningCertificate } from './signing-certificate.ts';
