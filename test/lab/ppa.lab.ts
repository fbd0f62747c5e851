import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endLab, labArchive, labHost, type LabHost, noLab } from './host.js'
import { type Operator, operator, outcomeIn, said } from './operator.js'
import { smallProfile, smallSecrets } from './profile.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`
const name = 'archive-ppa'
const names = ['ppa.launchpadcontent.net', 'keyserver.ubuntu.com']
const folder = '/mosquitto-dev/mosquitto-ppa/ubuntu'

/** Launchpad and Ubuntu's key server, as far as apt asks them; the key is ours and not the one that counts. */
async function launchpad(host: LabHost, key: string): Promise<Server> {
  const files = join(tmpdir(), `${name}-${String(process.pid)}`)
  const subject = ['-subj', '/CN=lab', '-addext', `subjectAltName=DNS:${names.join(',DNS:')}`]
  const made = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject]
  await execa('openssl', ['req', ...made, '-keyout', `${files}.key`, '-out', `${files}.crt`])
  const pair = { key: await readFile(`${files}.key`), cert: await readFile(`${files}.crt`) }
  const server = createServer(pair, ({ url = '' }, response) => {
    const path = url.startsWith('/pks/lookup')
      ? key
      : join(host.root, 'mosquitto', decodeURI(url).slice(folder.length))
    readFile(path).then(
      content => response.end(content),
      () => response.writeHead(404).end(),
    )
  })
  const address = host.address.replace(/\d+$/, '1')
  await new Promise<void>(resolve => server.listen(443, address, resolve))
  await host.run(`cat >/etc/ssl/certs/lab.pem <<'END'\n${pair.cert.toString()}END
    chmod 644 /etc/ssl/certs/lab.pem; echo '${address} ${names.join(' ')}' >>/etc/hosts
    echo 'Acquire::https::CaInfo "/etc/ssl/certs/lab.pem";' >/etc/apt/apt.conf.d/lab`)
  return server
}

describe.skipIf(noLab)(`the developers' archive${because}`, () => {
  let host: LabHost
  let person: Operator
  let server: Server
  let key: string
  beforeAll(async () => {
    host = await labHost({ name })
    key = await labArchive(host)
    server = await launchpad(host, key)
    person = await operator({ host, profile: smallProfile(host), environment: smallSecrets })
  })
  afterAll(async () => {
    server.close()
    await endLab({ name })
    await person.remove()
  })

  const install = async (words: string) => {
    await person.write('bednet.yaml', smallProfile(host, `install: ${words}\n`))
    return await person.bednet('up', '--json')
  }
  const ours = async () => (await host.run('find /etc/apt -name "bednet*"; dpkg -l')).stdout

  test('on Debian it is refused, with the ways out', async () => {
    const before = await ours()
    const up = await install('ppa')
    expect(up.exitCode, said(up)).toBe(1)
    const { error } = outcomeIn(up)
    expect(error).toMatchObject({ code: 'CONFLICT' })
    expect(error?.message).toMatch(/for Ubuntu alone, and this host runs "debian 12"/)
    expect(await ours()).toBe(before)
  })

  test('on Ubuntu, whoever hands out another key changes nothing', async () => {
    await host.run(
      'sed -i "s/^ID=.*/ID=ubuntu/; \\$ a UBUNTU_CODENAME=bookworm" "$(readlink -f /etc/os-release)"',
    )
    const before = await ours()
    const up = await install('ppa')
    expect(up.exitCode, said(up)).toBe(1)
    expect(outcomeIn(up).error?.message, said(up)).toMatch(/could not be used.*not signed/)
    expect(await ours()).toBe(before)
  })

  test('with the key that counts, which the host fetches, it comes from there', async () => {
    const { stdout } = await execa('gpg', ['--show-keys', '--with-colons', key])
    const [, fingerprint = ''] = /^fpr:+([0-9A-F]{40}):/m.exec(stdout) ?? []
    const words = `{ archive: 'https://${names[0] ?? ''}${folder}', origin: Lab-Upstream, fingerprint: ${fingerprint} }`
    const up = await install(words)
    expect(up.exitCode, said(up)).toBe(0)
    const policy = (await host.run('apt-cache policy mosquitto')).stdout
    expect(policy).toMatch(/ \*\*\* 2\.0\.\S+ 600\n[^]*https:\/\/ppa\.launchpadcontent\.net/)
    const again = await person.bednet('up', '--json')
    expect(outcomeIn(again)).toMatchObject({ status: 'unchanged', plan: { changes: [] } })
  })
})
