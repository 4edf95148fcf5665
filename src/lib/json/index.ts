/** JSON as bytes: pulled from a buffer, found by path, written into a growable buffer. Builds no objects. */
export { jsonErrors } from './errors.ts'
export { NumberRow } from './number-row.ts'
export { JsonOutline } from './outline.ts'
export { formatPath, type JsonPath, parsePath, pathOf, seek } from './path.ts'
export { hasKeySlices, seekSlices } from './path-slices.ts'
export { type JsonKind, JsonReader } from './reader.ts'
export { JsonSink } from './sink.ts'
