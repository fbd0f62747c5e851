// What people take for it: openssl by script, cfssl, easy-rsa. Each has an authority of its own in the
// folder, ca.crt and ca.key; easy-rsa in pki/.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export function makePeers(folder) {
  const openssl = (...words) => run('openssl', words, folder)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=CA')
  // As a vault has it: whoever asks for the key pays for its passphrase.
  const locked = ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA256', '-iter', '600000']
  const passphrase = ['-passout', 'pass:correct horse']
  openssl('pkcs8', '-topk8', ...locked, ...passphrase, '-in', 'ca.key', '-out', 'locked.key')
  writeFileSync(join(folder, 'request.json'), '{"CN":"esp32-1","key":{"algo":"ecdsa","size":256}}')
  const by = caKey => ['-CA', 'ca.crt', '-CAkey', caKey, '-days', '365']
  const inThree = (index, caKey, more = []) => {
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', 'k')
    openssl('req', '-new', '-key', 'k', '-out', 'r', '-subj', `/CN=d${index}`)
    openssl('x509', '-req', '-in', 'r', ...by(caKey), ...more, '-out', 'c')
  }
  return {
    oneProcess: index => {
      const files = ['-keyout', 'k', '-out', 'c', '-subj', `/CN=d${index}`]
      openssl('req', '-x509', ...key, ...by('ca.key'), ...files)
    },
    threeProcesses: index => inThree(index, 'ca.key'),
    withLockedKey: index => inThree(index, 'locked.key', ['-passin', 'pass:correct horse']),
    cfssl: () =>
      run('cfssl', ['gencert', '-ca', 'ca.crt', '-ca-key', 'ca.key', 'request.json'], folder),
    revocationList: count =>
      openssl('ca', '-gencrl', '-config', caConfig(folder, count), '-out', 'crl.pem'),
  }
}

export const easyrsaFile = '/usr/share/easy-rsa/easyrsa'

/** Answers what makes one more certificate, with elliptic curves: its RSA takes longer still. */
export function makeEasyrsa(folder) {
  const easyrsa = (...words) =>
    run(easyrsaFile, ['--batch', '--use-algo=ec', '--curve=prime256v1', ...words], folder)
  easyrsa('init-pki')
  easyrsa('build-ca', 'nopass')
  return index => easyrsa('build-client-full', `d${index}`, 'nopass')
}

/** So many that are revoked: an index.txt as `openssl ca` keeps it, and their serials, a line each. */
export function writeRevoked(folder, count) {
  const random = () => `4D${randomBytes(15).toString('hex').toUpperCase()}`
  const serials = Array.from({ length: count }, random)
  const line = serial =>
    `R\t270101000000Z\t260101000000Z,keyCompromise\t${serial}\tunknown\t/CN=d\n`
  writeFileSync(join(folder, `index-${count}.txt`), serials.map(line).join(''))
  const file = join(folder, `serials-${count}.txt`)
  writeFileSync(file, `${serials.join('\n')}\n`)
  return file
}

function caConfig(folder, count) {
  const file = join(folder, `ca-${count}.cnf`)
  mkdirSync(join(folder, 'ca'), { recursive: true })
  writeFileSync(join(folder, 'ca/crlnumber'), '01\n')
  const settings = {
    database: `index-${count}.txt`,
    unique_subject: 'no',
    crlnumber: 'ca/crlnumber',
    certificate: 'ca.crt',
    private_key: 'ca.key',
    default_md: 'sha256',
    default_crl_days: '30',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  writeFileSync(file, `[ca]\ndefault_ca = own\n[own]\n${lines.join('\n')}\n`)
  return file
}

export function run(program, words, cwd) {
  const options = { cwd, encoding: 'utf8', maxBuffer: 2 ** 30 }
  const { status, stdout, stderr, error } = spawnSync(program, words, options)
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${error ?? stderr}`)
  return stdout
}
