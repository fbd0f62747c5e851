/** True where every topic that `inner` matches is matched by `outer` too (MQTT 5, section 4.7). */
export function covers(outer: string, inner: string): boolean {
  // A wildcard in the first level never reaches topics that start with $.
  if (inner.startsWith('$') !== outer.startsWith('$')) return false
  // A topic has at least one level, so these two are one.
  return coversLevels(outer.split('/'), inner === '#' ? ['+', '#'] : inner.split('/'))
}

/** True where some topic is matched by both. */
export function overlaps(a: string, b: string): boolean {
  if (a.startsWith('$') !== b.startsWith('$')) return false
  return overlapLevels(a.split('/'), b.split('/'))
}

/** `sensors/%u/#` for esp32-1: `sensors/esp32-1/#`. */
export function withName(filter: string, name: string): string {
  return filter
    .split('/')
    .map(level => (level === '%u' ? name : level))
    .join('/')
}

function coversLevels(outer: readonly string[], inner: readonly string[]): boolean {
  const [first, ...outerRest] = outer
  const [level, ...innerRest] = inner
  if (first === '#') return true
  if (first === undefined || level === undefined) return first === level
  if (level === '#') return false
  // `a/#` matches `a` itself, so `a/+`, which does not, is no match for it; `+` covers one level.
  if (first !== '+' && first !== level) return false
  if (innerRest.length === 0 && outerRest.length === 1 && outerRest[0] === '#') return true
  return coversLevels(outerRest, innerRest)
}

function overlapLevels(a: readonly string[], b: readonly string[]): boolean {
  const [first, ...restA] = a
  const [second, ...restB] = b
  if (first === '#' || second === '#') return true
  if (first === undefined) return second === undefined
  if (second === undefined) return false
  if (first !== '+' && second !== '+' && first !== second) return false
  return overlapLevels(restA, restB)
}
