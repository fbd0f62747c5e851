import { describe, expect, test } from 'vitest'
import { foreignConflicts, foreignQuestion, parseForeign } from '../../src/plan/foreign.js'
import type { ListeningPort } from '../../src/plan/machine.js'
import { answerTo, recorded, releases } from './answer.js'

const folder = '/etc/mosquitto'
const main = `${folder}/mosquitto.conf`
const theirs = `${folder}/conf.d/theirs.conf`
const included = `include_dir ${folder}/conf.d\n`

/** In mosquitto.conf paths are the broker's, and here the host is a folder. */
const before = 'sed -i "s#_dir /#_dir $ROOT/#" etc/mosquitto/mosquitto.conf 2>/dev/null; true'

const asked = (files: Readonly<Record<string, string>>) =>
  parseForeign(answerTo(foreignQuestion, { files, before }))

describe.each(releases)('mosquitto.conf as packaged on %s', release => {
  const foreign = asked({ [main]: recorded(release, 'mosquitto-conf') })

  test('is read line by line', async () => {
    const lines = foreign.map(({ option, value }) => `${option}=${value}\n`)
    await expect(lines.join('')).toMatchFileSnapshot(`../golden/plan/foreign-${release}.txt`)
  })

  test('is no conflict', () => {
    expect(foreignConflicts(foreign, [1883, 8883], [])).toEqual([])
  })
})

test('what Mosquitto reads is asked for, and what is ours is not', () => {
  const foreign = asked({
    [main]: '# a comment\n\n  port 1884\nlog_type all',
    [theirs]: 'log_type  error\n',
    [`${folder}/conf.d/.hidden.conf`]: 'log_type notice\n',
    [`${folder}/conf.d/00-bednet.conf`]: 'listener 8883\n',
    [`${folder}/conf.d/theirs.conf.bak`]: 'listener 1\n',
    [`${folder}/other/theirs.conf`]: 'listener 2\n',
  })
  const lines = foreign.map(({ file, line, option, value }) => [file, line, option, value])
  expect(lines).toEqual([
    [main, 3, 'port', '1884'],
    [main, 4, 'log_type', 'all'],
    [theirs, 1, 'log_type', 'error'],
    [`${folder}/conf.d/.hidden.conf`, 1, 'log_type', 'notice'],
  ])
})

test('every folder that is included is asked for, once', () => {
  const foreign = asked({
    [main]: `include_dir ${folder}/conf.d/\ninclude_dir ${folder}/more\n`,
    [theirs]: 'log_type error\n',
    [`${folder}/more/a.conf`]: 'listener 8883\n',
  })
  expect(foreign.slice(2).map(({ file, option }) => [file, option])).toEqual([
    [theirs, 'log_type'],
    [`${folder}/more/a.conf`, 'listener'],
  ])
})

test('a host without Mosquitto has nothing foreign', () => {
  expect(asked({})).toEqual([])
  expect(foreignConflicts([], [8883], [])).toEqual([])
})

const security = "would change the security of every listener, bednet's too"

/** One line in somebody's file, beside our ports 1883 and 8883. */
test.each<readonly [string, string | undefined]>([
  ['allow_anonymous true', `"allow_anonymous true" ${security}`],
  ['allow_anonymous false', `"allow_anonymous false" ${security}`],
  ['password_file /etc/mosquitto/p w', `"password_file /etc/mosquitto/p w" ${security}`],
  ['acl_file /etc/mosquitto/acl', `"acl_file /etc/mosquitto/acl" ${security}`],
  ['psk_file /etc/mosquitto/psk', `"psk_file /etc/mosquitto/psk" ${security}`],
  ['per_listener_settings true', `"per_listener_settings true" ${security}`],
  ['plugin /usr/lib/x.so', `"plugin /usr/lib/x.so" ${security}`],
  ['auth_plugin /usr/lib/x.so', `"auth_plugin /usr/lib/x.so" ${security}`],
  ['global_plugin /usr/lib/x.so', `"global_plugin /usr/lib/x.so" ${security}`],
  ['plugin_load x /usr/lib/x.so', `"plugin_load x /usr/lib/x.so" ${security}`],
  ['plugin_use x', `"plugin_use x" ${security}`],
  ['clientid_prefixes a-', `"clientid_prefixes a-" ${security}`],
  ['listener 8883', '"listener 8883" takes port 8883, which the profile has too'],
  [
    'listener 1883 localhost',
    '"listener 1883 localhost" takes port 1883, which the profile has too',
  ],
  ['port 1883', '"port 1883" takes port 1883, which the profile has too'],
  [
    'certfile /etc/x.crt',
    '"certfile" stands before any listener of its file and opens port 1883, which the profile has too',
  ],
  [
    'max_connections 10',
    '"max_connections" stands before any listener of its file and opens port 1883, which the profile has too',
  ],
  ['listener 1999\ncertfile /etc/x.crt', undefined],
  ['listener 1999', undefined],
  ['listener 18830', undefined],
  ['log_type all', undefined],
  ['max_keepalive 1883', undefined],
  ['connection allow_anonymous', undefined],
  ['#allow_anonymous true', undefined],
])('%s: %s', (line, message) => {
  const foreign = asked({ [main]: included, [theirs]: `# by hand\n${line}\n` })
  const conflicts = foreignConflicts(foreign, [1883, 8883], [])
  const at = `${theirs}:2`
  expect(conflicts.map(conflict => [conflict.at, conflict.message])).toEqual(
    message === undefined ? [] : [[at, message]],
  )
  expect(conflicts.every(({ hint }) => hint !== '')).toBe(true)
})

test('each line is a conflict of its own, in the order of the files', () => {
  const foreign = asked({
    [main]: `allow_anonymous true\n${included}`,
    [theirs]: 'listener 8883\npassword_file x\n',
  })
  expect(foreignConflicts(foreign, [8883], []).map(({ at }) => at)).toEqual([
    `${main}:1`,
    `${theirs}:1`,
    `${theirs}:2`,
  ])
})

test.each([
  ['include_dir /etc/mosquitto/conf.d', true],
  ['include_dir /etc/mosquitto/conf.d/', true],
  ['include_dir /etc/mosquitto/more', false],
  ['#include_dir /etc/mosquitto/conf.d', false],
])('mosquitto.conf with "%s" reads what is ours: %s', (line, isRead) => {
  const conflicts = foreignConflicts(asked({ [main]: `log_type all\n${line}\n` }), [8883], [])
  const unread = {
    at: main,
    message: 'does not include conf.d, so nothing that bednet writes would be read',
    hint: 'add the line "include_dir /etc/mosquitto/conf.d" at its end',
  }
  expect(conflicts).toEqual(isRead ? [] : [unread])
})

test.each<readonly [ListeningPort, string | undefined]>([
  [{ address: '0.0.0.0', port: 8883, program: 'nginx' }, 'port 8883 is in use by nginx'],
  [{ address: '::1', port: 8883, program: 'docker-proxy' }, 'port 8883 is in use by docker-proxy'],
  [{ address: '0.0.0.0', port: 8883, program: 'mosquitto' }, undefined],
  [{ address: '0.0.0.0', port: 8884, program: 'nginx' }, undefined],
  // Without root nobody tells whose it is: it may be our own broker's.
  [{ address: '0.0.0.0', port: 8883, program: undefined }, undefined],
])('who listens: %j: %s', (listening, message) => {
  const conflicts = foreignConflicts([], [8883], [listening])
  const { address, program } = listening
  const conflict = {
    at: `${address}:8883`,
    message,
    hint: `give the listener another port in the profile, or stop ${String(program)}`,
  }
  expect(conflicts).toEqual(message === undefined ? [] : [conflict])
})
