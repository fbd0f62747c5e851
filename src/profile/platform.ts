import type { KeyAlgorithm } from '../algorithm.js'

/** What a device's owner is given beside PEM, which there always is. */
export const formats = ['pem', 'der', 'p12', 'p12-legacy', 'truststore'] as const
export type Format = (typeof formats)[number]

export const platforms = [
  'esp8266',
  'esp32',
  'tasmota',
  'ios',
  'macos',
  'android',
  'windows',
  'linux',
  'java',
  'browser',
] as const
export type Platform = (typeof platforms)[number]

/** What is known of a platform; each sentence is for a person, and goes on from the platform's name. */
interface PlatformFacts {
  /** What its own key is, where nobody says otherwise. */
  readonly key: KeyAlgorithm
  readonly whyKey: string
  /** What its own key cannot be. */
  readonly notOwn: readonly KeyAlgorithm[]
  /** Of which keys it cannot check a broker's or an authority's signature. */
  readonly notOthers: readonly KeyAlgorithm[]
  readonly whyNot: string
  readonly formats: readonly Format[]
  readonly whyFormats: string
  /** Its clock ends on 2038-01-19. */
  readonly has32BitTime: boolean
  /** A certificate of a broker that is good for longer is refused by it. */
  readonly brokerDays: number | undefined
  /** It has little memory: each certificate of a chain counts. */
  readonly needsShortChain: boolean
}

const able = {
  key: 'p256',
  notOthers: [],
  has32BitTime: false,
  brokerDays: undefined,
  needsShortChain: false,
} as const

const rsa = ['rsa2048', 'rsa3072', 'rsa4096'] as const

/** Apple's requirements for trusted certificates: https://support.apple.com/103769 */
const appleDays = 825

/** Apple's keychain: https://github.com/kornelski/rust-security-framework/issues/216, openssl/openssl#19871. */
const apple = {
  ...able,
  whyKey: 'it is the curve that its keychain and all of its versions have',
  notOwn: ['ed25519'],
  notOthers: ['ed25519'],
  whyNot: 'its keychain has keys of RSA and of the NIST curves alone',
  formats: ['p12-legacy'],
  whyFormats: 'its keychain answers "wrong password" to PKCS#12 with AES and SHA-256',
  brokerDays: appleDays,
} as const

/** What each platform can do. Beside it stands where that is known from. */
export const platformFacts: Readonly<Record<Platform, PlatformFacts>> = {
  // Time: esp8266/Arduino#4948. Memory: esp8266/Arduino#7801. Curves: https://bearssl.org/x509.html
  esp8266: {
    ...able,
    whyKey: 'RSA takes more memory and is slow on it',
    notOwn: ['ed25519', 'rsa3072', 'rsa4096'],
    notOthers: ['ed25519'],
    whyNot: 'BearSSL knows no Ed25519, and there is no memory for large RSA keys',
    formats: ['der'],
    whyFormats: 'PEM takes memory for the text and for what is read from it',
    has32BitTime: true,
    needsShortChain: true,
  },
  // Curves: Mbed-TLS/mbedtls#3760 and #3762. Memory: espressif/esp-idf#4127, Mbed-TLS/mbedtls#3356.
  esp32: {
    ...able,
    whyKey: 'RSA takes more memory, which runs out while it connects',
    notOwn: ['ed25519'],
    notOthers: ['ed25519'],
    whyNot: 'mbedTLS knows no Ed25519',
    formats: [],
    whyFormats: 'mbedTLS reads it as it is',
  },
  // Its build of BearSSL has one curve, and TLSKey takes 32 bytes of it:
  // https://tasmota.github.io/docs/AWS-IoT-cert/ and lib/lib_ssl/tls_mini in arendst/Tasmota.
  tasmota: {
    ...able,
    whyKey: 'its TLSKey takes keys of this curve alone',
    notOwn: ['ed25519', 'p384', ...rsa],
    notOthers: ['ed25519', 'p384'],
    whyNot: 'its firmware has P-256 and no other curve, and TLSKey takes no RSA key',
    formats: ['der'],
    whyFormats: 'TLSKey takes the bytes of key and certificate',
    has32BitTime: true,
    needsShortChain: true,
  },
  ios: apple,
  macos: apple,
  // chris2511/xca#389, strongswan/strongswan-docs#5; Ed25519: lysine-dev/okhttp#9437.
  android: {
    ...able,
    whyKey: 'all versions in use know the curve, and it is small',
    notOwn: ['ed25519'],
    notOthers: ['ed25519'],
    whyNot: 'its TLS (Conscrypt) signs with no Ed25519 key',
    formats: ['p12-legacy'],
    whyFormats: 'many versions answer "wrong password" to PKCS#12 with AES and SHA-256',
  },
  // https://learn.microsoft.com/windows/win32/secauthn/tls-cipher-suites-in-windows-11 has no EdDSA.
  windows: {
    ...able,
    whyKey: 'Schannel knows it in every version',
    notOwn: ['ed25519'],
    notOthers: ['ed25519'],
    whyNot: 'Schannel knows no Ed25519',
    formats: ['p12'],
    whyFormats: 'its certificate store takes PKCS#12, with AES since Windows 10 1709',
  },
  linux: {
    ...able,
    whyKey: 'every TLS library knows it, and it is small and quick',
    notOwn: [],
    whyNot: '',
    formats: [],
    whyFormats: 'OpenSSL, GnuTLS and what is built on them read it',
  },
  // Ed25519 in TLS: JDK-8254709 (16). PKCS#12 with SHA-256: JDK-8267701 (8u301, 11.0.12).
  java: {
    ...able,
    whyKey: 'every Java since 7 knows it',
    notOwn: ['ed25519'],
    notOthers: ['ed25519'],
    whyNot: 'before Java 16 its TLS knows no Ed25519',
    formats: ['p12', 'truststore'],
    whyFormats:
      'a KeyManager reads the one, a TrustManager the other (Java 8u301, 11.0.12 or later)',
  },
  // Ed25519: boringssl 69522117 and https://lists.cabforum.org/pipermail/servercert-wg/2019-June/000875.html
  browser: {
    ...able,
    whyKey: 'all browsers know it',
    notOwn: ['ed25519'],
    notOthers: ['ed25519'],
    whyNot: 'Chrome and Safari know no Ed25519 in certificates',
    formats: ['p12', 'p12-legacy'],
    whyFormats:
      'it is imported into a store of the system or of Firefox, and some read one of them only',
    brokerDays: appleDays,
  },
}
