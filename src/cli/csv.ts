/**
 * Rows as CSV, RFC 4180 but for line ends, which are those of every other text here. A cell that a
 * spreadsheet would run as a formula gets an apostrophe before it, as OWASP says: a label comes from
 * whoever wrote the list.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
export function csvLines(rows: readonly (readonly (string | number | undefined)[])[]): string[] {
  return rows.map(row => row.map(cell).join(','))
}

function cell(value: string | number | undefined): string {
  const text = inert(value ?? '')
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Numbers are no formulas, and with an apostrophe no numbers any more. */
function inert(value: string | number): string {
  if (typeof value === 'number') return String(value)
  return /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
}
