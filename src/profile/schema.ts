import { keyAlgorithms } from '../algorithm.js'
import { readArchiveUrl, readFingerprint, readOrigin, readSuite } from './archive.js'
import { readBind, readBlock, readHostName } from './address.js'
import { readHost } from './host.js'
import { namePatterns, readDigest, readName, readPath } from './names.js'
import { largestPacketBytes, readPort, within } from './quantity.js'
import { formats, platforms } from './platform.js'
import { readRange } from './range.js'
import { authority } from './schema-authority.js'
import type { SchemaIssue } from './schema-issue.js'
import {
  bytes,
  days,
  key,
  lifetime,
  map,
  oneOrMore,
  seconds,
  secret,
  secretForms,
  text,
  through,
} from './schema-terms.js'
import { readPublishFilter, readTopicFilter } from './topics.js'
import * as z from './zod.js'

const broker = map({
  host: text(readHost).meta({
    description: 'Where it runs: user@name[:port] (over SSH), local (this machine) or sandbox.',
    examples: ['ubuntu@mqtt.example.org', 'pi@192.0.2.10:2222', 'local', 'sandbox'],
  }),
  commonName: text(readHostName)
    .optional()
    .describe('DNS name or address that clients call it by. Default: the name in "host".'),
  names: z
    .array(text(readHostName))
    .prefault([])
    .describe('More DNS names and addresses for its certificate; the name in "host" is added.'),
  lifetime: lifetime('90d', "the broker's"),
  key,
})

const listener = map({
  port: z
    .int()
    .transform(through(readPort))
    .meta({
      minimum: 1024,
      maximum: 65_535,
      description: 'TCP port, 1024 or above; each port once.',
      examples: [1883, 8883],
    }),
  bind: text(readBind)
    .prefault('everywhere')
    .meta({
      description:
        'Which addresses it listens on: loopback, everywhere, or one IP address of the host.',
      examples: ['loopback', 'everywhere', '192.0.2.10'],
    }),
  protocol: z.enum(['mqtt', 'websockets']).prefault('mqtt').describe('What is spoken on the port.'),
  tls: z
    .boolean()
    .optional()
    .describe('Default: true, but false on loopback where only passwords are asked for.'),
  plaintext: z
    .literal('accepted')
    .optional()
    .describe(
      'Must be said where "tls: false" is not on loopback: passwords cross the network readably.',
    ),
  admit: z
    .enum(['certificate', 'password', 'certificate+password'])
    .describe('What a client must show.'),
  from: z
    .union([z.literal('anywhere'), oneOrMore(text(readBlock))])
    .optional()
    .meta({
      description:
        'Whom the firewall lets in: CIDR blocks. Default: anywhere; loopback needs none.',
      examples: ['anywhere', ['192.0.2.0/24', '2001:db8::/32']],
    }),
})

const user = map({
  password: secret.prefault('generated').describe(secretForms),
  role: z.string().describe('A name under "roles".'),
})

const device = map({
  names: oneOrMore(text(readRange))
    .optional()
    .meta({
      description:
        'Names, also ranges: esp32-{001..100}. A name is the common name of its certificate.',
      examples: ['esp32-{001..100}', ['porch', 'cellar']],
    }),
  from: text(readPath)
    .optional()
    .meta({
      description: 'CSV file with a "name" column; "role", "lifetime" and "key" columns override.',
      examples: ['devices.csv'],
    }),
  role: z.string().describe('A name under "roles".'),
  lifetime: lifetime('1y', "each device's"),
  key: z
    .enum(keyAlgorithms)
    .optional()
    .describe('Algorithm of the key pair. Default: what suits the platform, else p256.'),
  platform: z
    .enum(platforms)
    .optional()
    .describe('What it runs on: chooses key and formats, and tells what it cannot do.'),
  formats: oneOrMore(z.enum(formats))
    .optional()
    .describe(
      'Its files besides PEM; p12-legacy is 3DES, truststore for Java. Default: by platform.',
    ),
  passphrase: secret
    .optional()
    .describe(
      `Encrypts the private key in the device's folder. Default: not encrypted; PKCS#12 files always are, by default with one that is generated. ${secretForms}`,
    ),
})

const role = map({
  publish: z
    .array(text(readPublishFilter))
    .prefault([])
    .describe('Topic filters it may publish to; %u is the client’s own name, a whole level.'),
  subscribe: z
    .array(text(readTopicFilter))
    .prefault([])
    .describe('Topic filters it may receive from.'),
})

const count = (least: number, most: number) => z.int().min(least).max(most).optional()

const limits = map({
  maxConnections: count(1, 1_000_000).describe('Clients at one time, per listener.'),
  maxPacket: bytes
    .transform(through(within(20, largestPacketBytes, 'bytes')))
    .optional()
    .meta({
      description:
        'Largest MQTT packet, at least 20 bytes; a client that sends more is disconnected.',
      examples: ['256kB', '2MB'],
    }),
  maxQueuedMessages: count(0, 100_000_000).describe(
    'Messages kept per absent client; 0 is no limit.',
  ),
  maxInflightMessages: count(0, 65_535).describe(
    'QoS 1 and 2 messages under way per client; 0 is no limit.',
  ),
  maxKeepalive: seconds
    .transform(through(within(10, 65_535, 'seconds')))
    .optional()
    .describe('Longest keep-alive a client may ask for: 10s to 65535s.'),
  messageSize: bytes
    .transform(through(within(1, largestPacketBytes, 'bytes')))
    .optional()
    .describe('Largest payload; larger messages are dropped.'),
  sessionExpiry: days
    .optional()
    .describe('After how long an absent client’s session is forgotten.'),
})

/** One schema per top-level key: a fault in one part must not hide the faults of the others. */
const parts = {
  site: text(name => readName('site', name)).meta({
    pattern: namePatterns.site,
    description: 'Names the vault folder, and marks what is bednet’s on a host.',
  }),
  authority: authority.prefault({}).describe('The CA that signs every certificate.'),
  broker,
  listener,
  user,
  device,
  role,
  limits: limits.prefault({}).describe('Left out: what Mosquitto does by itself.'),
  persistence: z.boolean().prefault(true).describe('Keeps sessions and messages over a restart.'),
  firewall: map({
    enable: z
      .boolean()
      .prefault(false)
      .describe('Switches ufw on; rules for the ports are added either way.'),
  })
    .prefault({})
    .describe('ufw on the host.'),
  install: z
    .union([
      z.enum(['apt', 'ppa']),
      map({
        source: text(readPath).describe('Tarball of Mosquitto’s source, relative to the profile.'),
        sha256: text(readDigest).meta({
          pattern: '^[0-9a-fA-F]{64}$',
          description: 'What "sha256sum" prints of it; checked here, and again on the host.',
        }),
      }),
      map({
        archive: text(readArchiveUrl).describe('Address of an archive of packages.'),
        suite: text(readSuite).optional().describe('Left out: the codename of the host’s release.'),
        origin: text(readOrigin).describe('What "Origin:" says in its Release file.'),
        key: text(readPath).optional().describe('Public key in ASCII armour, beside the profile.'),
        fingerprint: text(readFingerprint).optional().meta({
          pattern: '^[0-9a-fA-F ]{40,50}$',
          description:
            'Of the only key whose signature counts; fetched by it where no file is named.',
        }),
      }),
    ])
    .prefault('apt')
    .describe('How Mosquitto comes onto a host: by apt, also from an archive, or built there.'),
  templates: text(readPath)
    .optional()
    .describe('Folder with your own templates, looked into before bednet’s.'),
}

const named = <Value extends z.ZodType>(kind: keyof typeof namePatterns, value: Value) =>
  z.record(z.string().meta({ pattern: namePatterns[kind] }), value)

const profile = map({
  site: parts.site,
  authority: parts.authority,
  brokers: named('broker', broker).describe('The brokers, by name; all have the same listeners.'),
  listeners: z.array(listener).min(1).describe('The ports that are opened on every broker.'),
  users: named('user', user).prefault({}).describe('Clients that log in with a password, by name.'),
  devices: z.array(device).prefault([]).describe('Clients that have a certificate each.'),
  roles: named('role', role).prefault({}).describe('What a client may publish and subscribe to.'),
  limits: parts.limits,
  persistence: parts.persistence,
  firewall: parts.firewall,
  install: parts.install,
  templates: parts.templates,
})

export const topLevelKeys: readonly string[] = Object.keys(profile.shape)

/** What each part becomes once it is read. */
export type Parts = { readonly [Name in keyof typeof parts]: z.output<(typeof parts)[Name]> }

const schemas: { readonly [Name in keyof Parts]: z.ZodType<Parts[Name]> } = parts

/** Reads one part, by a schema that is followed once and not compiled; a mistake is beside no value. */
export function readPart<Name extends keyof Parts>(
  name: Name,
  written: unknown,
): { readonly value: Parts[Name] | undefined; readonly issues: readonly SchemaIssue[] } {
  const { data, error } = schemas[name].safeParse(written, { reportInput: true, jitless: true })
  return { value: data, issues: error?.issues ?? [] }
}

/**
 * The JSON Schema of a profile, for editors: descriptions, defaults and examples included.
 * @example
 * ```ts
 * import { profileJsonSchema } from 'bednet'
 *
 * profileJsonSchema()['required'] // => ['site', 'brokers', 'listeners']
 * ```
 */
export function profileJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(profile, { io: 'input' })
  return { title: 'bednet profile', ...schema, patternProperties: { '^x-': {} } }
}
