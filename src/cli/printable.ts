/**
 * Text for a terminal with whatever could steer it made visible: a host's answer or a file's name
 * may stand in a message, and must not move the cursor or change a title.
 */
export function printable(text: string): string {
  return text.replaceAll(/(?!\n)\p{Cc}/gu, '\u{FFFD}')
}
