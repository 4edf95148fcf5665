/** The part of a JSON schema that says which keys there are. */
interface ObjectSchema {
  readonly properties: Readonly<Record<string, object>>
}

/** Dotted paths of all keys of a schema of sections, in its order: what `overlayConfig` lets the environment set. */
export function configKeys({ properties }: ObjectSchema): readonly string[] {
  const keys: string[] = []
  for (const [name, schema] of Object.entries(properties)) {
    const inner = (schema as Partial<ObjectSchema>).properties
    if (inner === undefined) keys.push(name)
    else for (const key of Object.keys(inner)) keys.push(`${name}.${key}`)
  }
  return keys
}
