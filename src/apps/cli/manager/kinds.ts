import { KINDS, type KindRow } from '#contracts/kinds'
import type { CommandInput } from '#core/command'
import { usage } from '../line-options.ts'
import type { ManagerClient } from './client.ts'

/** `models`, `model` or `Model`; `groups` and `businessgroups`. ABOX_CLI_USAGE. */
export function kindOfText(text: string | undefined): KindRow {
  const wanted = text?.toLowerCase()
  const found = KINDS.find(({ kind, plural }) =>
    [kind.toLowerCase(), `${kind.toLowerCase()}s`, plural, plural.slice(0, -1)].includes(wanted ?? '')
  )
  if (found !== undefined) return found
  throw usage(`found the kind "${text ?? ''}", expected one of ${KINDS.map(({ plural }) => plural).join(', ')}`)
}

/** An environment that is said of what belongs to none would look as if it chose. ABOX_CLI_USAGE. */
export function refuseEnvironment({ options }: CommandInput, { plural, scope }: KindRow): void {
  if (scope !== 'global' || options['environment'] === undefined) return
  throw usage(`--environment: found it with ${plural}, which belong to no environment`)
}

/** The one document that a command is about. ABOX_CLI_USAGE. */
export function kindAndName(input: CommandInput): { readonly kind: KindRow; readonly key: string } {
  const [kindText, key, more] = input.positionals
  if (key === undefined || more !== undefined) throw usage('expected KIND and NAME')
  const kind = kindOfText(kindText)
  refuseEnvironment(input, kind)
  return { kind, key }
}

/** Where the documents of a kind are. Throws ABOX_CLI_LOGIN where no environment was said. */
export function folderOf(client: ManagerClient, { plural, scope }: KindRow): string {
  return scope === 'global' ? `/${plural}` : `/environments/${encodeURIComponent(client.environment)}/${plural}`
}

export const pathOf = (client: ManagerClient, kind: KindRow, key: string): string =>
  `${folderOf(client, kind)}/${encodeURIComponent(key)}`
