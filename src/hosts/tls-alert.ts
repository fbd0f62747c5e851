/** What a broker's TLS alert means for the client that got it (RFC 8446, section 6). */
export function alertWords(alert: number): string {
  return words.get(alert) ?? `alert ${String(alert)}`
}

/** As Mosquitto uses them, which is as OpenSSL maps its verification errors. */
const words: ReadonlyMap<number, string> = new Map([
  [40, 'handshake failure (alert 40): no client certificate, no common cipher, or no broker key'],
  [42, 'bad certificate (alert 42): the client certificate or the CRL is not yet valid'],
  [43, 'unsupported certificate (alert 43): it is not made for a client'],
  [44, 'certificate revoked (alert 44)'],
  [45, 'certificate expired (alert 45): the client certificate or the CRL has expired'],
  [46, 'certificate unknown (alert 46)'],
  [48, 'unknown authority (alert 48): another authority, or one without a CRL, signed it'],
  [51, 'decrypt error (alert 51): a signature does not match'],
  [70, 'protocol version (alert 70): the broker does not speak this version of TLS'],
  [71, 'insufficient security (alert 71)'],
  [80, 'internal error (alert 80)'],
  [112, 'unrecognised name (alert 112)'],
  [116, 'certificate required (alert 116): no client certificate'],
])
