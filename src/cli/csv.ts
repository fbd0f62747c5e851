/** Rows as CSV, RFC 4180 but for line ends, which are those of every other text here. */
export function csvLines(rows: readonly (readonly (string | number | undefined)[])[]): string[] {
  return rows.map(row => row.map(cell).join(','))
}

function cell(value: string | number | undefined): string {
  const text = String(value ?? '')
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
