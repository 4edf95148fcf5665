// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach a terminal.
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/g

/** Texts of others for one line of a terminal: control characters but tabs as `\u001b`, so that they steer nothing. */
export function printable(text: string): string {
  return text.replace(CONTROL, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The same where line breaks stay. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}
