import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { Chain, Handshake, Question } from '../question.js'
import { runTool } from '../run-tool.js'
import { accepted, refused, type Answer, type Stack } from '../stack.js'
import { oneByOne } from './one-by-one.js'

/** Its tools: vfychain judges chains, tstclnt shakes hands, each with a database in this folder. */
export function nss(folder: string): Stack {
  const databases = new Map<string, Promise<string | Answer>>()
  const databaseOf = (ask: Chain | Handshake): Promise<string | Answer> => {
    const key = JSON.stringify([ask.anchors, ask.verb === 'chain' ? ask.revoked : ask.chain])
    const made = databases.get(key) ?? makeDatabase(mkdtempSync(join(folder, 'nss-')), ask)
    databases.set(key, made)
    return made
  }
  const answer = async (ask: Question['ask']): Promise<Answer> => {
    const database = await databaseOf(ask)
    if (typeof database !== 'string') return database
    return ask.verb === 'chain' ? await chain(ask, database) : await handshake(ask, database)
  }
  return {
    name: 'NSS',
    version: async () => {
      const asked = ['dpkg-query', '--show', '--showformat=${source:Upstream-Version}', 'libnss3']
      return (await runTool(asked)).stdout
    },
    answer: oneByOne({ chain: answer, handshake: answer }),
  }
}

/** With the anchor, the list, and for handshakes the own certificate; or why it takes one of them not. */
async function makeDatabase(folder: string, ask: Chain | Handshake): Promise<string | Answer> {
  const database = `sql:${folder}`
  const [list, pair] = [join(folder, 'list.der'), join(folder, 'own.p12')]
  const anchor = ['-A', '-n', 'anchor', '-t', 'CT,,', '-a', '-i', ask.anchors]
  const steps = [
    ['certutil', '-N', '-d', database, '--empty-password'],
    ['certutil', '-d', database, ...anchor],
  ]
  if (ask.verb === 'handshake') {
    const own = ['-in', ask.chain, '-inkey', ask.key, '-name', 'own', '-passout', 'pass:x']
    steps.push(['openssl', 'pkcs12', '-export', ...own, '-out', pair])
    steps.push(['pk12util', '-d', database, '-i', pair, '-W', 'x'])
  } else if (ask.revoked !== undefined) {
    steps.push(['openssl', 'crl', '-in', ask.revoked, '-outform', 'DER', '-out', list])
    steps.push(['crlutil', '-I', '-d', database, '-i', list])
  }
  for (const step of steps) {
    const { status, output } = await runTool(step)
    if (status !== 0) return refused(output)
  }
  return database
}

/** The numbers of SECCertUsage: an SSL client, an SSL authority. */
const usages = { client: '0', authority: '3' } as const

async function chain({ purpose, chain: file }: Chain, database: string): Promise<Answer> {
  const { status, output } = await runTool([
    'vfychain',
    '-d',
    database,
    '-u',
    usages[purpose],
    '-a',
    file,
  ])
  return status === 0 ? accepted : refused(/ERROR.*/.exec(output)?.[0] ?? output)
}

async function handshake({ port, name }: Handshake, database: string): Promise<Answer> {
  const argv = ['tstclnt', '-h', '127.0.0.1', '-p', String(port), '-a', name, '-d', database]
  const { output } = await runTool([...argv, '-n', 'own', '-V', 'tls1.2:'])
  return output.includes('welcome esp32-001') ? accepted : refused(output)
}
