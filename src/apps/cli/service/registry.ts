import { serviceKey } from '#contracts/service'
import { AboxError } from '#core/errors'
import { silentLogger } from '#core/logger'
import { zookeeperAddress } from '#lib/dubbo-registry'
import { createZookeeper, type ZookeeperSession } from '#lib/zookeeper'
import type { ServiceDraft } from './draft.ts'
import { serviceErrors } from './errors.ts'
import { draftFromMetadata } from './from-metadata.ts'

/** Where Dubbo's metadata report puts the definition of a service; version and group only where there is one. */
const ROOT = '/dubbo/metadata'
const MAX_NODES = 256

export interface RegistryQuery {
  /** `zookeeper://host:port`, several separated by commas. */
  readonly address: string
  readonly service: string
  /** The application whose definition counts; needed only where several differ. */
  readonly application?: string | undefined
}

/**
 * The definitions that Java providers published of one interface: `/dubbo/metadata/<interface>/[version/][group/]provider/<app>`.
 * One draft for each version and group. Throws ABOX_SERVICE_INTERFACE, ABOX_SERVICE_METADATA, ABOX_ZK_….
 */
export async function draftsFromRegistry(query: RegistryQuery): Promise<ServiceDraft[]> {
  const session = createZookeeper({
    address: zookeeperAddress(query.address),
    sessionTimeoutMs: 10_000,
    log: silentLogger
  })
  try {
    await session.start()
    const nodes = await providerNodes(session, `${ROOT}/${query.service}`, 0)
    const drafts: Published[] = []
    for (const path of nodes.slice(0, MAX_NODES)) {
      const data = await session.read(path)
      if (data === undefined) continue
      const application = path.slice(path.lastIndexOf('/') + 1)
      drafts.push({ application, draft: draftFromMetadata(data.toString('utf8'), path) })
    }
    return choose(query, drafts)
  } finally {
    await session.close()
  }
}

export interface Published {
  readonly application: string
  readonly draft: ServiceDraft
}

async function providerNodes(session: ZookeeperSession, path: string, depth: number): Promise<string[]> {
  const found: string[] = []
  for (const name of await session.children(path)) {
    if (name === 'provider') {
      for (const application of await session.children(`${path}/provider`))
        found.push(`${path}/provider/${application}`)
    } else if (depth < 2 && name !== 'consumer')
      found.push(...(await providerNodes(session, `${path}/${name}`, depth + 1)))
  }
  return found
}

/** One draft a service key: the application's that was asked for, or the one that all applications agree on. */
export function choose(query: RegistryQuery, published: readonly Published[]): ServiceDraft[] {
  const wanted = published.filter(
    ({ application }) => query.application === undefined || application === query.application
  )
  if (wanted.length === 0) {
    const names = [...new Set(published.map(({ application }) => application))].join(', ')
    const asked = query.application === undefined ? '' : ` from application ${query.application}`
    throw new AboxError(
      serviceErrors.ABOX_SERVICE_INTERFACE,
      `${query.service}${asked}: found ${names === '' ? `nothing below ${ROOT}` : `definitions of ${names}`}, expected one that a Java provider with a metadata report published`
    )
  }
  const byKey = new Map<string, Published[]>()
  for (const each of wanted) {
    if (each.draft.interface !== query.service) {
      throw new AboxError(
        serviceErrors.ABOX_SERVICE_METADATA,
        `${each.draft.source}: found the definition of ${each.draft.interface}, expected that of ${query.service}`
      )
    }
    const key = serviceKey(each.draft)
    byKey.set(key, [...(byKey.get(key) ?? []), each])
  }
  return [...byKey].map(([key, group]) => agreed(key, group))
}

function agreed(key: string, group: readonly Published[]): ServiceDraft {
  const [first, ...others] = group as [Published, ...Published[]]
  const other = others.find(({ draft }) => contentOf(draft) !== contentOf(first.draft))
  if (other === undefined) return first.draft
  throw new AboxError(
    serviceErrors.ABOX_SERVICE_METADATA,
    `${key}: the applications ${first.application} and ${other.application} published different definitions (${whatDiffers(first.draft, other.draft)}); --application NAME chooses one of ${group.map(({ application }) => application).join(', ')}`
  )
}

/** Everything that counts; the order of fields is chance in metadata. */
function contentOf({ methods, types }: ServiceDraft): string {
  return JSON.stringify([methods, types], (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  )
}

function whatDiffers(a: ServiceDraft, b: ServiceDraft): string {
  const parts = (draft: ServiceDraft): Map<string, string> =>
    new Map([
      ...draft.methods.map((method): [string, string] => [
        `${method.name}(${method.parameters.join(', ')})`,
        JSON.stringify(method)
      ]),
      ...Object.entries(draft.types).map(([name, type]): [string, string] => [
        name,
        contentOf({ ...draft, methods: [], types: { [name]: type } })
      ])
    ])
  const left = parts(a)
  const right = parts(b)
  const names = [...new Set([...left.keys(), ...right.keys()])].filter((name) => left.get(name) !== right.get(name))
  return `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`
}
