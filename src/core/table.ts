/** Rows as a plain-text table: the keys of the first row are the heads, numbers stand right. */
export function renderTable(rows: readonly object[]): string {
  const heads = Object.keys(rows[0] ?? {})
  const cells = rows.map((row) => heads.map((head) => (row as Record<string, unknown>)[head]))
  const widths = heads.map((head, column) => Math.max(head.length, ...cells.map((row) => String(row[column]).length)))
  const line = (values: readonly unknown[]): string =>
    values
      .map((value, column) => {
        const width = widths[column] ?? 0
        return typeof value === 'number' ? String(value).padStart(width) : String(value).padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n')
}
