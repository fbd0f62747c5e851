import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAddress, readBlock, readHostName } from '../../src/profile/address.js'
import { readHost } from '../../src/profile/host.js'
import { suggest } from '../../src/profile/nearest.js'
import { readBytes, readDays, readSeconds } from '../../src/profile/quantity.js'
import { readRange } from '../../src/profile/range.js'
import { isRefusal, show } from '../../src/profile/refusal.js'
import { readPublishFilter, readTopicFilter } from '../../src/profile/topics.js'

function namesOf(text: string): readonly string[] {
  const range = readRange(text)
  return isRefusal(range) ? [] : [...range.names()]
}

describe('ranges', () => {
  test.each([
    ['porch', ['porch']],
    ['a{1..3}', ['a1', 'a2', 'a3']],
    ['a{9..11}', ['a9', 'a10', 'a11']],
    ['a{09..11}', ['a09', 'a10', 'a11']],
    ['a{08..10}b', ['a08b', 'a09b', 'a10b']],
    ['a{0..1}', ['a0', 'a1']],
    ['a{7..7}', ['a7']],
    ['a{1..2}-{1..2}', ['a1-1', 'a1-2', 'a2-1', 'a2-2']],
    ['a{8..0010}', ['a0008', 'a0009', 'a0010']],
  ])('%s', (text, expected) => {
    expect(namesOf(text)).toEqual(expected)
  })

  test.each(['a{2..1}', 'a{1..2', 'a1..2}', 'a{}', 'a{1.2}', 'a{-1..2}', 'a{1..2..3}', '{{1..2}}'])(
    '%s is refused',
    text => {
      expect(isRefusal(readRange(text))).toBe(true)
    },
  )

  test('names are distinct, in order, of one width where padded, and as many as counted', () => {
    const numbers = fc.tuple(fc.nat(3000), fc.nat(400), fc.boolean())
    fc.assert(
      fc.property(numbers, ([low, more, isPadded]) => {
        const high = String(low + more)
        const first = isPadded ? String(low).padStart(high.length + 1, '0') : String(low)
        const names = namesOf(`esp-{${first}..${high}}`)
        const values = names.map(name => Number(name.slice(4)))
        expect(values).toEqual(Array.from({ length: more + 1 }, (_, index) => low + index))
        if (isPadded) expect(new Set(names.map(({ length }) => length)).size).toBe(1)
      }),
    )
  })

  test('any text is either names that a device may have, or refused', () => {
    const text = fc.stringMatching(/^[a-z{}.\d/#: -]{0,14}$/)
    fc.assert(
      fc.property(text, written => {
        const range = readRange(written)
        if (isRefusal(range)) return true
        const [first] = range.names()
        return range.count >= 1 && /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/.test(first ?? '')
      }),
    )
  })
})

describe('topic filters', () => {
  const level = fc.constantFrom('a', 'sensors', 'two words', '+', '%u', '', 'é', 'x-%u', 'a+', '#')
  const filter = fc.array(level, { minLength: 1, maxLength: 6 }).map(levels => levels.join('/'))

  test('what is read is what was written, and is valid by the words of MQTT', () => {
    fc.assert(
      fc.property(filter, written => {
        const levels = written.split('/')
        const isValid =
          written !== '' &&
          levels.slice(0, -1).every(text => !text.includes('#')) &&
          levels.every(text => text.length === 1 || !/[+#]/.test(text)) &&
          levels.every(text => text === '%u' || !text.includes('%u'))
        expect(readTopicFilter(written)).toEqual(
          isValid ? written : expect.objectContaining({ hint: expect.any(String) as string }),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('length and levels have an end', () => {
    expect(isRefusal(readTopicFilter('a/'.repeat(200)))).toBe(true)
    expect(isRefusal(readTopicFilter('é'.repeat(40_000)))).toBe(true)
    expect(readTopicFilter('a/'.repeat(199))).toBe('a/'.repeat(199))
  })

  test('$SYS may be read and not be written', () => {
    expect(readTopicFilter('$SYS/broker/+')).toBe('$SYS/broker/+')
    expect(isRefusal(readPublishFilter('$SYS/broker'))).toBe(true)
    expect(readPublishFilter('$SYStem')).toBe('$SYStem')
  })
})

describe('addresses', () => {
  test('are what node:net takes for one, but for zones', () => {
    const mangled = fc
      .tuple(fc.ipV6(), fc.nat(40), fc.constantFrom('::', '.', ':', '0', '1.2.3.4'))
      .map(([address, at, text]) => address.slice(0, at) + text + address.slice(at))
    const text = fc.oneof(fc.ipV4(), fc.ipV6(), mangled, fc.stringMatching(/^[0-9a-f:.]{0,20}$/))
    fc.assert(
      fc.property(text, written => !isRefusal(readAddress(written)) === (isIP(written) !== 0)),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['192.0.2.1', '192.0.2.1/32'],
    ['192.0.2.0/24', '192.0.2.0/24'],
    ['10.128.0.0/9', '10.128.0.0/9'],
    ['2001:DB8::/32', '2001:db8::/32'],
    ['2001:db8:0:0::/64', '2001:db8::/64'],
    ['fd00::/8', 'fd00::/8'],
    ['::1', '::1/128'],
    ['::ffff:192.0.2.1', '::ffff:c000:201/128'],
  ])('block %s is %s', (written, expected) => {
    expect(readBlock(written)).toBe(expected)
  })

  test('a block from its own first address is itself, and from another one is refused', () => {
    const block = fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 }))
    const longBlock = fc.tuple(fc.ipV6(), fc.integer({ min: 1, max: 128 }))
    fc.assert(
      fc.property(fc.oneof(block, longBlock), ([address, length]) => {
        const read = readBlock(`${address}/${String(length)}`)
        if (!isRefusal(read)) return readBlock(read) === read
        const [, first] = /^the block is (\S+);/.exec(read.hint) ?? []
        return first !== undefined && readBlock(first) === first
      }),
    )
  })

  test.each(['01.2.3.4', '1.2.3', '1.2.3.4:80', 'fe80::1%eth0', '[::1]', '', 'localhost'])(
    '"%s" is no address',
    text => {
      expect(isRefusal(readAddress(text))).toBe(true)
    },
  )

  test.each([
    ['mqtt.example.org', true],
    ['MQTT', true],
    ['xn--bcher-kva.example', true],
    ['2001:db8::1', true],
    ['1.2.3', false],
    ['bücher.example', false],
    ['a..b', false],
    ['a.', false],
    ['-a', false],
    [`${'a'.repeat(64)}.org`, false],
  ])('host name %s: %s', (text, isGood) => {
    expect(!isRefusal(readHostName(text))).toBe(isGood)
  })
})

describe('hosts', () => {
  test.each([
    ['local', { kind: 'local' }],
    ['sandbox', { kind: 'sandbox' }],
    ['pi@hub', { kind: 'ssh', user: 'pi', name: 'hub' }],
    ['hub', { kind: 'ssh', user: undefined, name: 'hub', port: undefined }],
    ['pi@hub:22', { kind: 'ssh', user: 'pi', name: 'hub', port: 22 }],
    ['my_alias', { kind: 'ssh', name: 'my_alias' }],
    ['pi@[::1]', { kind: 'ssh', user: 'pi', name: '::1' }],
    ['pi@[2001:db8:0::1]:22', { kind: 'ssh', name: '2001:db8::1', port: 22 }],
  ])('%s', (text, expected) => {
    expect(readHost(text)).toMatchObject(expected)
  })

  test.each([
    '',
    '@hub',
    'pi@',
    'a@b@c',
    'hub:',
    'hub:0',
    'hub:65536',
    '-v',
    '$(id)',
    'a b',
    '[x]',
  ])('"%s" is refused', text => {
    expect(isRefusal(readHost(text))).toBe(true)
  })
})

describe('quantities', () => {
  test.each([
    ['1d', 1],
    ['24h', 1],
    ['2w', 14],
    ['10y', 3650],
    ['100y', 36_500],
  ])('%s is %i days', (text, expected) => {
    expect(readDays(text)).toBe(expected)
  })

  test.each(['', '90', 'd', '1.5d', '-1d', '90 d', '90D', '1d12h', '25h', '101y'])(
    '"%s" is no lifetime',
    text => {
      expect(isRefusal(readDays(text))).toBe(true)
    },
  )

  test('seconds and bytes', () => {
    expect([readSeconds('90s'), readSeconds('2m')]).toEqual([90, 120])
    expect(['1B', '1kB', '1KiB', '1MB', '1MiB', '7'].map(readBytes)).toEqual([
      1, 1000, 1024, 1_000_000, 1_048_576, 7,
    ])
  })
})

describe('words for people', () => {
  const known = ['maxConnections', 'maxPacket', 'password', 'role']
  test.each([
    ['max_connections', 'maxConnections'],
    ['MaxPackets', 'maxPacket'],
    ['pasword', 'password'],
    ['paswsord', 'password'],
    ['rloe', 'role'],
    ['x', undefined],
    ['certificate', undefined],
  ])('%s: did you mean %s?', (word, meant) => {
    expect(suggest(word, known)).toBe(meant && `did you mean "${meant}"?`)
  })

  test.each([
    ['a\nb', '"a\\nb"'],
    ['\u001b[31mred', '"\\u001b[31mred"'],
    ['\u202eevil', '"\\u{202e}evil"'],
    ['x'.repeat(100), `"${'x'.repeat(60)}…"`],
    [null, 'nothing'],
    [['hunter2'], 'a list'],
    [{ hunter2: 1 }, 'a map'],
    [true, 'true'],
  ])('shows %j as %s', (value, shown) => {
    expect(show(value)).toBe(shown)
  })
})
