/** The key algorithms an authority, a broker or a device can be given. */
export const keyAlgorithms = ['p256', 'p384', 'rsa2048', 'rsa3072', 'rsa4096', 'ed25519'] as const

export type KeyAlgorithm = (typeof keyAlgorithms)[number]
