import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPackage } from '../cli/built.js'
import { quickstart } from './rehearsal.js'

let built: ReturnType<typeof buildPackage>
let folder: string
beforeAll(() => {
  built = buildPackage()
  folder = mkdtempSync(join(tmpdir(), 'bednet-csr-'))
  writeFileSync(join(folder, 'bednet.yaml'), quickstart)
})
afterAll(() => {
  built.remove()
  rmSync(folder, { recursive: true })
})

function run(program: string, words: readonly string[], input = '') {
  return spawnSync(program, words, { cwd: folder, encoding: 'utf8', input, timeout: 60_000 })
}

function bednet(words: string, input = '') {
  const command = join(built.folder, 'dist/cli/bednet.cjs')
  return run(process.execPath, [command, ...words.split(' ')], input)
}

function openssl(words: string, input = '') {
  const ran = run('openssl', words.split(' '), input)
  expect(ran.status, ran.stderr).toBe(0)
  return ran.stdout
}

const curve = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'

test('openssl keeps the key, and has a certificate for it that it verifies', () => {
  openssl(`req -new ${curve} -keyout own.key -subj /O=Evil/CN=sensor-1 -out own.csr`)
  const issued = bednet('issue --sandbox --csr own.csr')
  expect(issued.status, issued.stderr).toBe(0)
  expect(issued.stderr).toContain('not taken from the request: O\n')
  writeFileSync(join(folder, 'own.crt'), issued.stdout)
  expect(openssl('x509 -in own.crt -noout -pubkey')).toBe(openssl('pkey -in own.key -pubout'))
  const authority = '.bednet/quickstart.sandbox/devices/sensor-1/ca.crt'
  const verified = openssl(`verify -x509_strict -purpose sslclient -CAfile ${authority} own.crt`)
  expect(verified).toBe('own.crt: OK\n')
  expect(openssl('x509 -in own.crt -noout -subject -nameopt RFC2253')).toBe('subject=CN=sensor-1\n')
})

test('several in one, from standard input: each certificate, or why there is none', () => {
  const request = (name: string) => openssl(`req -new ${curve} -keyout /dev/null -subj /CN=${name}`)
  const asked = bednet('issue --sandbox --csr -', request('sensor-1') + request('sensr-1'))
  expect(asked.status).toBe(1)
  expect(asked.stdout.match(/BEGIN CERTIFICATE/g)?.length).toBe(1)
  expect(asked.stderr).toContain('number 2: sensr-1: there is no device "sensr-1"')
  expect(asked.stderr).toContain('did you mean "sensor-1"?')
})

test('an archive has all but the key', () => {
  const own = readFileSync(join(folder, 'own.csr'), 'utf8')
  const asked = bednet('issue --sandbox --csr - --archive all.tar.gz --json', own)
  expect(asked.status, asked.stderr).toBe(0)
  expect(JSON.parse(asked.stdout)).toMatchObject({ requests: [{ name: 'sensor-1' }] })
  const names = run('tar', ['-tzf', 'all.tar.gz']).stdout
  expect(names).toBe('sensor-1/ca.crt\nsensor-1/client.crt\n')
})
