/** What stands between BEGIN and END. OpenSSL and Mosquitto read a CRL under `X509 CRL` only. */
type PemLabel = 'CERTIFICATE' | 'X509 CRL' | 'ENCRYPTED PRIVATE KEY'

/** DER as text: base64 in lines of 64, with a newline at the end (RFC 7468). */
export function encodePem(label: PemLabel, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** The DER of the first block with this label; undefined where there is none. */
export function decodePem(label: PemLabel, pem: string): Buffer | undefined {
  const [, afterBegin] = pem.split(`-----BEGIN ${label}-----`, 2)
  const [body, afterEnd] = afterBegin?.split(`-----END ${label}-----`, 2) ?? []
  return body === undefined || afterEnd === undefined ? undefined : Buffer.from(body, 'base64')
}
