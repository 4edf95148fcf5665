import { AboxError } from '#core/errors'
import { serviceErrors } from './errors.ts'

interface MetadataType {
  /** The type of each property, as it is spelled there. */
  readonly properties: ReadonlyMap<string, string>
  readonly enums: readonly string[]
}

/** The classes that a service definition describes, by their canonical names. */
export type MetadataTypes = ReadonlyMap<string, MetadataType>

type Node = Readonly<Record<string, unknown>>

const MAX_DEPTH = 64
const STEP = /\.([^.[\]]+)|\[(\d+)\]/y

/** Both forms at once: types that are objects (2.7) and types that are names (3.x). ABOX_SERVICE_METADATA. */
export function readMetadataTypes(root: Node, source: string): MetadataTypes {
  const types = new Map<string, MetadataType>()
  const visit = (value: unknown, depth: number): void => {
    if (!isNode(value)) return
    if (depth > MAX_DEPTH) {
      throw new AboxError(
        serviceErrors.ABOX_SERVICE_METADATA,
        `${source}: types: nested deeper than ${MAX_DEPTH} levels`
      )
    }
    const properties = isNode(value['properties']) ? Object.entries(value['properties']) : []
    for (const [, property] of properties) visit(property, depth + 1)
    for (const item of listOf(value['items'])) visit(item, depth + 1)
    const name = value['type']
    const enums = listOf(value['enums'] ?? value['enum']).filter((item) => typeof item === 'string')
    if (typeof name !== 'string' || /[<[]/.test(name)) return
    // 2.7 repeats a class without its properties where it refers to itself.
    if (types.has(name) && properties.length === 0 && enums.length === 0) return
    const named = properties.map(([field, type]) => [field, typeName(type, root)] as const)
    types.set(name, { properties: new Map(named), enums })
  }
  for (const type of listOf(root['types'])) visit(type, 0)
  return types
}

function typeName(value: unknown, root: Node): string {
  if (typeof value === 'string') return value
  for (let node = value, hops = 0; isNode(node) && hops < 8; hops++) {
    if (typeof node['type'] === 'string') return node['type']
    node = typeof node['$ref'] === 'string' ? follow(node['$ref'], root) : undefined
  }
  return 'java.lang.Object'
}

/** `$.types[1].properties.code`: how fastjson writes an object that stood there before. Undefined: it leads nowhere. */
function follow(path: string, root: Node): unknown {
  if (!path.startsWith('$')) return undefined
  let at: unknown = root
  const step = new RegExp(STEP)
  step.lastIndex = 1
  while (step.lastIndex < path.length) {
    const match = step.exec(path)
    const key = match?.[1] ?? match?.[2]
    if (key === undefined || typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Node)[key]
  }
  return at
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
