const WIDTH = 110

/** JSON text with line breaks and indents where a list or object does not fit into a line; every value stays as it is. */
export function prettyJson(text: string): string {
  return layOut(JSON.parse(text), 0, 0)
}

/** `indent` is that of the line, `used` what stands in it before the value. */
function layOut(value: unknown, indent: number, used: number): string {
  const inline = onOneLine(value, WIDTH - indent - used)
  if (inline !== undefined || typeof value !== 'object' || value === null) return inline ?? JSON.stringify(value)
  const inner = indent + 2
  const pad = `\n${' '.repeat(inner)}`
  const end = `\n${' '.repeat(indent)}`
  if (Array.isArray(value)) {
    const items = (value as unknown[]).map((item) => pad + layOut(item, inner, 0))
    return `[${items.join(',')}${end}]`
  }
  const members = Object.entries(value).map(([key, item]) => {
    const head = `${JSON.stringify(key)}: `
    return pad + head + layOut(item, inner, head.length)
  })
  return `{${members.join(',')}${end}}`
}

/** The value on one line, `undefined` when that takes more than `room` characters. Looks no further than that. */
function onOneLine(value: unknown, room: number): string | undefined {
  if ((typeof value === 'string' || Array.isArray(value)) && value.length > room) return undefined
  if (typeof value !== 'object' || value === null) {
    const text = JSON.stringify(value)
    return text.length <= room ? text : undefined
  }
  const isList = Array.isArray(value)
  let text = isList ? '[' : '{'
  for (const [key, item] of Object.entries(value)) {
    if (text.length > 1) text += ', '
    if (!isList) text += `${JSON.stringify(key)}: `
    const part = onOneLine(item, room - text.length - 1)
    if (part === undefined) return undefined
    text += part
  }
  text += isList ? ']' : '}'
  return text.length <= room ? text : undefined
}
