import { expect, test } from 'vitest'
import { readOpensslIndex } from '../../src/pki/openssl-index.js'

/** As easy-rsa 3.1 with OpenSSL 3.0 has written it; what follows it is made by hand. */
const recorded = [
  'V\t270924060411Z\t\tF3BC0BECB58189FAC7A07DF1FF77F82B\tunknown\t/CN=a',
  'R\t270924060412Z\t261128060412Z,keyCompromise\tEF791F61956B1E7F3D0FCE541946CA64\tunknown\t/CN=b',
]

test('states, serials, names, reasons and dates', () => {
  const text = [
    `\uFEFF${recorded[0] ?? ''}`,
    ...recorded.slice(1),
    'R\t270924060412Z\t20510203040506Z,CACompromise\t0a\tunknown\t/C=DE/O=x/CN=c/emailAddress=y',
    'R\t270924060412Z\t510203040506Z\tabc\tunknown\t/O=nobody\r',
    'E\t200924060411Z\t\t02\tunknown\t/CN=old',
    'R\t270924060412Z\tyesterday\t03\tunknown\t/CN=broken',
    'R\t270924060412Z\t261128060412Z\t-3\tunknown\t/CN=broken',
    '',
  ].join('\n')
  expect(readOpensslIndex(text)).toEqual({
    valid: 1,
    faults: [6, 7],
    revoked: [
      {
        serial: 'EF791F61956B1E7F3D0FCE541946CA64',
        revokedAt: new Date('2026-11-28T06:04:12Z'),
        reason: 'keyCompromise',
        name: 'b',
      },
      {
        serial: '0A',
        revokedAt: new Date('2051-02-03T04:05:06Z'),
        reason: 'unspecified',
        name: 'c',
      },
      {
        serial: '0ABC',
        revokedAt: new Date('1951-02-03T04:05:06Z'),
        reason: 'unspecified',
        name: '',
      },
    ],
  })
})
