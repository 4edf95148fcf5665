/**
 * JSON text in one spelling: members of objects in the order of their names, numbers as they were written, so that two
 * texts that mean the same are the same. Text without objects stays as it is; NaN and the infinities may stand there.
 */
export function canonicalJson(text: string): string {
  if (!text.includes('{')) return text
  const exact = (_: string, value: unknown, context?: { source: string }): unknown =>
    typeof value === 'number' ? rawJson(context?.source ?? '') : value
  return JSON.stringify(sorted(JSON.parse(text, exact)))
}

const rawJson = (JSON as unknown as { rawJSON(text: string): object }).rawJSON
const isRawJson = (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object' || isRawJson(value)) return value
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]))
}
