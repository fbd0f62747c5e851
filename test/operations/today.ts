/** The day on which the fast tests of this room take place. */
export const today = new Date('2026-03-01T12:00:00.000Z')

export function inDays(days: number, from = today): Date {
  return new Date(from.getTime() + days * msPerDay)
}

const msPerDay = 24 * 60 * 60 * 1000
