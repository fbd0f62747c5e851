import { connect, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endLab, labHost, type LabHost, noLab } from './host.js'
import { type Operator, operator, outcomeIn, said } from './operator.js'
import { smallProfile, smallSecrets } from './profile.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`

/** What the plan promises of those who are connected. */
type Fate = 'stay' | 'end'

interface Row {
  readonly change: string
  readonly edit: (profile: string) => string
  readonly password?: string
  readonly action: 'nothing' | 'reload' | 'restart'
  /** Of a device with a certificate, and of a user with a password over WebSockets. */
  readonly device: Fate
  readonly user?: Fate
}

/** In this order: each goes on from where the one before it has left the host. */
const rows = (release: string): readonly Row[] => [
  {
    change: 'the rights of a role',
    edit: text => text.replace("'plugs/%u/#']", "'plugs/%u/#', 'more/%u']"),
    action: 'reload',
    device: 'stay',
  },
  {
    change: 'a password',
    edit: text => text,
    password: 'an0ther-users-password',
    action: 'reload',
    device: 'stay',
    user: 'end',
  },
  {
    change: 'a device that left the profile, and so the list of the revoked',
    edit: text => text.replace('plug-{1..3}', 'plug-{1..2}'),
    action: 'reload',
    device: 'stay',
  },
  {
    change: 'the certificate of the broker',
    edit: text =>
      text.replace(
        'commonName: hub.lab.test',
        'commonName: hub.lab.test\n    names: [also.lab.test]',
      ),
    action: release === 'bookworm' ? 'restart' : 'reload',
    device: release === 'bookworm' ? 'end' : 'stay',
  },
  {
    change: 'how much is queued',
    edit: text => `${text}limits: { maxQueuedMessages: 77 }\n`,
    action: 'restart',
    device: 'end',
  },
  {
    change: 'who may come through the firewall',
    edit: text =>
      text.replace('admit: certificate }', 'admit: certificate, from: [10.99.0.0/24] }'),
    action: 'nothing',
    device: 'stay',
  },
  {
    change: 'a listener that is gone',
    edit: text => text.replace(/^.*protocol: websockets.*\n/m, ''),
    action: 'restart',
    device: 'end',
  },
  {
    change: 'the certificate of a broker without WebSockets',
    edit: text => text.replace('[also.lab.test]', '[another.lab.test]'),
    action: 'reload',
    device: 'stay',
  },
]

interface Disturbance {
  readonly what: string
  /** Done by somebody else on the host, as root. */
  readonly deed: string
  readonly says: readonly RegExp[]
  readonly device: Fate
}

const current = '/etc/mosquitto/bednet/current'
const link = '/etc/mosquitto/conf.d/00-bednet.conf'

/** The clock of a stamp has whole seconds. */
const disturbances: readonly Disturbance[] = [
  {
    what: 'a file is edited',
    deed: `sed -i 's/more/evil/' ${current}/acl`,
    says: [/~ file acl: edited by hand on the host/, /-.*evil/, /\+.*more/],
    device: 'stay',
  },
  {
    what: 'the authority that is trusted',
    deed: `echo >>${current}/ca.crt`,
    says: [/~ file ca\.crt: edited by hand on the host, sha256 \w{8}… becomes/],
    device: 'stay',
  },
  {
    what: 'the mode of a key',
    deed: `chmod 644 ${current}/broker.key`,
    says: [/~ file broker\.key: changed by hand on the host: mode is 644, not 640/],
    device: 'stay',
  },
  {
    what: 'a certificate is replaced, and put back',
    deed: `sleep 1.1; cat ${current}/broker.crt >/root/kept; cat /root/kept >${current}/broker.crt`,
    says: [/service mosquitto \(reload\): broker\.crt was written .* what it serves is not known/],
    device: 'stay',
  },
  {
    what: 'a rule is removed',
    deed: 'ufw delete allow proto tcp from 10.99.0.0/24 to any port 8883',
    says: [/\+ firewall 8883\/tcp from 10\.99\.0\.0\/24: removed on the host/],
    device: 'stay',
  },
  {
    what: 'the service is stopped, and for good',
    deed: 'systemctl disable --now mosquitto',
    says: [/\(restart\): stopped on the host/, /\(enable\): disabled on the host/],
    device: 'end',
  },
  {
    what: 'the broker is started without the configuration',
    deed: `mv ${link} /root/kept; systemctl restart mosquitto; mv /root/kept ${link}; sleep 1`,
    says: [/\(restart\): the running broker does not listen on port \d+/],
    device: 'end',
  },
]

interface PlanDocument {
  readonly plans: readonly {
    readonly changes: readonly { readonly resource: string; readonly because: string }[]
    readonly service: { readonly action: string }
    readonly sessions: readonly {
      readonly port: number
      readonly connected: number
      readonly fate: Fate
    }[]
  }[]
}

describe.skipIf(noLab).each(['bookworm', 'forky'] as const)(`on %s${because}`, release => {
  let host: LabHost
  let person: Operator
  let profile: string
  let password: string = smallSecrets.MOSQUITTO_PASSWORD
  beforeAll(async () => {
    host = await labHost({ name: `plan-${release}`, release })
    profile = smallProfile(host).replace('{ env: MOSQUITTO_PASSWORD }', '{ file: app.password }')
    person = await operator({ host, profile, environment: smallSecrets })
    await person.write('app.password', password)
    const first = await person.bednet('up', '--yes')
    expect(first.exitCode, said(first)).toBe(0)
  })
  afterAll(async () => {
    await person.remove()
    await endLab(host)
  })

  test.each(rows(release))('$change: $action', async row => {
    const users = await userSession(person, host, password)
    const watched = [await deviceSession(person, host), ...users]
    try {
      profile = row.edit(profile)
      password = row.password ?? password
      await person.write('bednet.yaml', profile)
      await person.write('app.password', password)
      const planned = await person.bednet('plan', '--json')
      expect(planned.exitCode, said(planned)).toBe(2)
      const [plan] = (JSON.parse(planned.stdout) as PlanDocument).plans
      expect(plan?.service.action).toBe(row.action)
      expect(plan?.sessions.find(({ port }) => port === 8883)).toMatchObject({
        connected: 1,
        fate: row.device,
      })
      const up = await person.bednet('up', '--yes', '--json')
      expect(up.exitCode, said(up)).toBe(0)
      expect(outcomeIn(up).status).toBe('changed')
      await settled()
      const [device, user] = watched
      expect(device?.closed(), 'connections of the device that ended').toBe(
        row.device === 'end' ? 1 : 0,
      )
      const fate = row.user ?? row.device
      if (user !== undefined) expect(user.closed() > 0, 'the user was cut off').toBe(fate === 'end')
    } finally {
      for (const session of watched) await session.end()
    }
  })

  test.each(disturbances)('on the host $what', async row => {
    await disturbed(person, host, row)
  })
})

async function disturbed(person: Operator, host: LabHost, row: Disturbance): Promise<void> {
  const session = await deviceSession(person, host)
  try {
    await host.run(row.deed)
    const plan = await person.bednet('plan')
    expect(plan.exitCode, said(plan)).toBe(2)
    const status = await person.bednet('status')
    expect(status.exitCode, said(status)).toBe(2)
    expect(status.stdout).toContain('changed on the host:')
    expect(status.stdout).not.toContain('not there yet')
    for (const words of row.says) expect(plan.stdout).toMatch(words)
    const [first] = row.says
    expect(status.stdout).toMatch(first ?? '')
    const up = await person.bednet('up', '--yes')
    expect(up.exitCode, said(up)).toBe(0)
    await settled()
    expect(session.closed() > 0, 'the device was cut off').toBe(row.device === 'end')
    const after = await person.bednet('plan')
    expect(after.exitCode, said(after)).toBe(0)
  } finally {
    await session.end()
  }
}

interface Session {
  readonly closed: () => number
  readonly end: () => Promise<void>
}

async function deviceSession(person: Operator, host: LabHost): Promise<Session> {
  const file = (name: string) => person.read(`.bednet/lab/devices/plug-1/${name}`)
  return await watch(
    connect(`mqtts://${host.address}:8883`, {
      ...{
        ca: await file('ca.crt'),
        cert: await file('client.crt'),
        key: await file('client.key'),
      },
      servername: 'hub.lab.test',
      clientId: 'plug-1',
      reconnectPeriod: 200,
    }),
  )
}

/** None where the profile has no WebSockets any more. */
async function userSession(
  person: Operator,
  host: LabHost,
  password: string,
): Promise<readonly Session[]> {
  if (!(await person.read('bednet.yaml')).includes('websockets')) return []
  const ca = await person.read('.bednet/lab/devices/plug-1/ca.crt')
  const secure = { ca, servername: 'hub.lab.test' }
  const client = connect(`wss://${host.address}:8884`, {
    username: 'app',
    password,
    clientId: 'app-1',
    reconnectPeriod: 200,
    ...secure,
    wsOptions: secure,
  })
  return [await watch(client)]
}

async function watch(client: MqttClient): Promise<Session> {
  let closed = 0
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => {
      resolve()
    })
    client.on('error', reject)
  })
  client.on('close', () => {
    closed++
  })
  return { closed: () => closed, end: async () => client.endAsync(true) }
}

/** Long enough for a broker to close a connection, and for a client to notice. */
async function settled(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 1_000))
}
