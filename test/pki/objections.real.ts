import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bad, good, noon, pathOf, read, type Case } from './bad/corpus.js'
import { hasTool, runTool } from './tool.js'

const named = (cases: readonly Case[]) => cases.map(each => [nameOf(each), each] as const)

/** What bednet says that everybody refuses, or the strict alone, is what OpenSSL does. */
describe.runIf(hasTool(['openssl', 'version']))('OpenSSL', () => {
  const refused = [...bad].filter(({ openssl }) => openssl !== undefined)
  const taken = [...good, ...bad].filter(({ openssl }) => openssl === undefined)

  test.each(named(refused))('refuses %s', (_name, each) => {
    expect(verify(each, ['-x509_strict'])).toContain(each.openssl?.says)
  })

  test.each(named(refused))('refuses, or takes where it is not strict, %s', (_name, each) => {
    expect(verify(each, [])).toContain(each.openssl?.isStrict ? ': OK' : each.openssl?.says)
  })

  test.each(named(taken))('takes even if it is strict %s', (_name, each) => {
    expect(verify(each, ['-x509_strict'])).toContain(': OK')
  })
})

test.runIf(hasTool(['go', 'version']))('Go refuses a name that is none but the common one', () => {
  const files = { 'root.pem': read('root'), 'hub.pem': read('names-missing'), 'main.go': byName }
  const folder = mkdtempSync(join(tmpdir(), 'bednet-go-'))
  const program = join(folder, 'by-name')
  const built = runTool(['go', 'build', '-o', program, 'main.go'], files)
  expect(built).toEqual({ status: 0, output: '' })
  expect(runTool([program], files).output).toContain('relies on legacy Common Name field')
  const whole = { ...files, 'hub.pem': read('broker') }
  expect(runTool([program], whole)).toEqual({ status: 0, output: 'accepted\n' })
})

function nameOf({ file, purpose, ids }: Case): string {
  return `${file} as ${purpose}: ${ids.join(', ')}`
}

/** Everything that the case says, by the clock of the corpus. */
function verify(each: Case, more: readonly string[]): string {
  const authorities = each.authorities.length > 0 ? each.authorities : [each.file]
  const files = authorities.map(pathOf)
  const untrusted = files.slice(0, -1).flatMap(file => ['-untrusted', file])
  const list = each.list === undefined ? [] : ['-crl_check', '-CRLfile', pathOf(each.list)]
  const time = ['-attime', String(noon.getTime() / 1000), '-auth_level', '2']
  const trust = ['-CAfile', files.at(-1) ?? '', ...untrusted, ...list]
  const argv = ['verify', ...time, ...trust, ...purposeOf(each), ...more]
  const ran = spawnSync('openssl', [...argv, pathOf(each.below ?? each.file)], { encoding: 'utf8' })
  return ran.stdout + ran.stderr
}

function purposeOf({ purpose, names = [] }: Case): readonly string[] {
  if (purpose === 'client') return ['-purpose', 'sslclient']
  if (purpose === 'authority') return []
  return ['-purpose', 'sslserver', '-verify_hostname', names[0] ?? '']
}

const byName = `package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"time"
)

func read(file string) *x509.Certificate {
	text, _ := os.ReadFile(file)
	block, _ := pem.Decode(text)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		panic(err)
	}
	return certificate
}

func main() {
	pool := x509.NewCertPool()
	pool.AddCert(read("root.pem"))
	at := time.Unix(${String(noon.getTime() / 1000)}, 0)
	options := x509.VerifyOptions{Roots: pool, DNSName: "hub.example.org", CurrentTime: at}
	if _, err := read("hub.pem").Verify(options); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("accepted")
}
`
