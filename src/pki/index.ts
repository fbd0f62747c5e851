/**
 * The face of `bednet/pki`: keys, an authority, certificates, revocation lists and PKCS#12 files for an MQTT
 * broker and its clients. It reads no clock, file or environment; dates and serials are arguments.
 */
export type { KeyAlgorithm } from '../algorithm.js'
export { BednetError } from '../error.js'
export { Secret } from '../secret.js'
export {
  certifyAuthority,
  createAuthority,
  intermediates,
  loadAuthority,
  rootOf,
  type Authority,
  type NewAuthority,
} from './authority.js'
export {
  encodePkcs12,
  encodeTrustStore,
  type NewPkcs12,
  type NewTrustStore,
  type Pkcs12Kind,
} from './bundle/pkcs12.js'
export { toDer } from './bundle/plain.js'
export { certificateFacts, type CertificateFacts } from './certificate.js'
export { issueCertificate, type NewCertificate } from './issuance.js'
export { generateKey, keyAlgorithm, privateKeyPem, readPrivateKey, refuseEncrypted } from './key.js'
export type { CertificateUse, Objection, ObjectionId } from './objection.js'
export { objections } from './objections.js'
export { whyReissue, type CertificateWanted } from './renewal.js'
export { readSigningRequest, type SigningRequest } from './request.js'
export {
  revocationListFacts,
  signRevocationList,
  type NewRevocationList,
  type RevocationListFacts,
  type RevocationReason,
  type Revoked,
} from './revocation.js'
export { serialNumber } from './serial.js'
export { type RemoteKey, type SigningKey } from './signature.js'
