/** What stands between BEGIN and END. OpenSSL and Mosquitto read a CRL under `X509 CRL` only. */
type PemLabel =
  | 'CERTIFICATE'
  | 'X509 CRL'
  | 'PRIVATE KEY'
  | 'ENCRYPTED PRIVATE KEY'
  | 'CERTIFICATE REQUEST'
  // What Netscape wrote, and keytool still does.
  | 'NEW CERTIFICATE REQUEST'

/** DER as text: base64 in lines of 64, with a newline at the end (RFC 7468). */
export function encodePem(label: PemLabel, der: Buffer): string {
  const base64 = der.toString('base64')
  let text = `-----BEGIN ${label}-----\n`
  for (let at = 0; at < base64.length; at += 64) text += `${base64.slice(at, at + 64)}\n`
  return `${text}-----END ${label}-----\n`
}

/** Every block with this label, each as a PEM of its own. */
export function splitPem(label: PemLabel, pem: string): readonly string[] {
  const block = new RegExp(`-----BEGIN ${label}-----[^-]*-----END ${label}-----\\n?`, 'g')
  return pem.match(block) ?? []
}

/** The DER of the first block with this label; undefined where there is none. */
export function decodePem(label: PemLabel, pem: string): Buffer | undefined {
  return pemBlocks(label, pem)[0]
}

/** The DER of all blocks with this label that are whole, in their order. */
export function pemBlocks(label: PemLabel, pem: string): readonly Buffer[] {
  return pem
    .split(`-----BEGIN ${label}-----`)
    .slice(1)
    .flatMap(rest => {
      const [body = '', ...after] = rest.split(`-----END ${label}-----`)
      return after.length === 0 ? [] : [Buffer.from(body, 'base64')]
    })
}
