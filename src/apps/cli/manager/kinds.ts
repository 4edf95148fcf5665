import type { CommandInput } from '#core/command'
import { usage } from '../line-options.ts'
import type { ManagerClient } from './client.ts'

/** A document as it comes from the manager or out of a file. */
export type AnyDocument = { readonly kind: string } & Readonly<Record<string, unknown>>

export interface KindNames {
  readonly kind: string
  readonly plural: string
  readonly global: boolean
}

/** In the order in which they are made: what is named comes before what names it. */
export const kindNames: readonly KindNames[] = [
  { kind: 'Environment', plural: 'environments', global: true },
  { kind: 'BusinessGroup', plural: 'groups', global: true },
  { kind: 'Algorithm', plural: 'algorithms', global: true },
  { kind: 'Cluster', plural: 'clusters', global: false },
  { kind: 'Endpoint', plural: 'endpoints', global: false },
  { kind: 'Hook', plural: 'hooks', global: false },
  { kind: 'Model', plural: 'models', global: false },
  { kind: 'Service', plural: 'services', global: false }
]

/** `models`, `model` or `Model`; `groups` and `businessgroups`. ABOX_CLI_USAGE. */
export function kindOfText(text: string | undefined): KindNames {
  const wanted = text?.toLowerCase()
  const found = kindNames.find(({ kind, plural }) =>
    [kind.toLowerCase(), `${kind.toLowerCase()}s`, plural, plural.slice(0, -1)].includes(wanted ?? '')
  )
  if (found !== undefined) return found
  throw usage(`found the kind "${text ?? ''}", expected one of ${kindNames.map(({ plural }) => plural).join(', ')}`)
}

/** An environment that is said of what belongs to none would look as if it chose. ABOX_CLI_USAGE. */
export function refuseEnvironment({ options }: CommandInput, { plural, global }: KindNames): void {
  if (!global || options['environment'] === undefined) return
  throw usage(`--environment: found it with ${plural}, which belong to no environment`)
}

/** The one document that a command is about. ABOX_CLI_USAGE. */
export function kindAndName(input: CommandInput): { readonly kind: KindNames; readonly key: string } {
  const [kindText, key, more] = input.positionals
  if (key === undefined || more !== undefined) throw usage('expected KIND and NAME')
  const kind = kindOfText(kindText)
  refuseEnvironment(input, kind)
  return { kind, key }
}

/** Where the documents of a kind are. Throws ABOX_CLI_LOGIN where no environment was said. */
export function folderOf(client: ManagerClient, { plural, global }: KindNames): string {
  return global ? `/${plural}` : `/environments/${encodeURIComponent(client.environment)}/${plural}`
}

export const pathOf = (client: ManagerClient, kind: KindNames, key: string): string =>
  `${folderOf(client, kind)}/${encodeURIComponent(key)}`

/** Name of a document: a service's is `interface[:version][@group]`. Undefined where there is none. */
export function keyOf(document: AnyDocument): string | undefined {
  const text = (name: string): string | undefined => {
    const value = document[name]
    return typeof value === 'string' ? value : undefined
  }
  if (document.kind !== 'Service') return text('name')
  const [service, version, group] = [text('interface'), text('version'), text('group')]
  if (service === undefined) return undefined
  return `${service}${version === undefined ? '' : `:${version}`}${group === undefined ? '' : `@${group}`}`
}
