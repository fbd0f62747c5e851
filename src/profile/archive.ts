import type { Archive } from './fleet.js'
import { type Refusal, show } from './refusal.js'

/**
 * The archive of Mosquitto's own developers for Ubuntu. Whoever hands out the key, apt takes nothing
 * that is not signed by this one: so it is the fingerprint that is kept here, and not the key.
 */
export const upstreamArchive: Archive = {
  url: 'https://ppa.launchpadcontent.net/mosquitto-dev/mosquitto-ppa/ubuntu',
  suite: undefined,
  origin: 'LP-PPA-mosquitto-dev-mosquitto-ppa',
  key: undefined,
  isForUbuntu: true,
  fingerprint: '77B7346A59027B33C10CAFE35E64E954262C4500',
}

/** Reads the address of a package archive, as it stands in a source of apt. */
export function readArchiveUrl(text: string): string | Refusal {
  if (/^(?:https?:\/\/|file:\/)[\w./~%:+-]+$/.test(text)) return text.replace(/\/+$/, '')
  return {
    message: `${show(text)} is no address of an archive`,
    hint: 'write what stands in a "deb" line: https://…, http://… or file:/…, without user or password',
  }
}

/** Reads the name of one suite of an archive. */
export function readSuite(text: string): string | Refusal {
  if (/^[A-Za-z0-9][\w.~+-]*(?:\/[\w.~+-]+)*$/.test(text)) return text
  return {
    message: `${show(text)} is no suite`,
    hint: 'write the name of a folder below "dists" of the archive, e.g. "bookworm"',
  }
}

/** Reads what an archive calls itself. */
export function readOrigin(text: string): string | Refusal {
  if (!/^[A-Za-z0-9][\w .~+:-]{0,127}$/.test(text)) {
    return {
      message: `${show(text)} is no origin`,
      hint: 'write what "Origin:" says in the Release file of the archive',
    }
  }
  if (!/^(?:debian|ubuntu|raspbian)$/i.test(text)) return text
  return {
    message: `${show(text)} is the origin of the host's own archive`,
    hint: 'its packages would be held back for the sake of one: write "install: apt" to take Mosquitto from there',
  }
}

/** Reads the fingerprint of an OpenPGP key as gpg prints it, with or without blanks. */
export function readFingerprint(text: string): string | Refusal {
  const digits = text.replaceAll(' ', '').toUpperCase()
  if (/^[0-9A-F]{40}$/.test(digits)) return digits
  return {
    message: `${show(text)} is no fingerprint`,
    hint: 'write the 40 hex digits that "gpg --show-keys FILE" prints',
  }
}
