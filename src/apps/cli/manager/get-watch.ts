import type { AuditEvent, AuditPage } from '#contracts/api/audit'
import type { KindRow } from '#contracts/kinds'
import type { CommandInput } from '#core/command'
import type { ManagerClient } from './client.ts'
import type { Output } from './options.ts'
import { reopening } from './reopen.ts'
import { shownTime } from './show.ts'
import { beginWatching } from './watching.ts'

/**
 * `list` first, then each change of the kind in the environment: a line for people, or of JSON. Until Ctrl-C, `--for` or
 * `--count`: where the stream is interrupted, it goes on behind the last change. Rejects with ABOX_CLI_USAGE and as the client.
 */
export async function watchKind(
  input: CommandInput,
  client: ManagerClient,
  kind: KindRow,
  output: Output,
  list: () => Promise<unknown>
): Promise<number> {
  const environment = kind.scope === 'global' ? undefined : client.environment
  const { signal, most, close } = beginWatching(input)
  let seen = 0
  try {
    // From here on, so that nothing is missed between the list and the stream.
    const { body } = await client.send<AuditPage>({
      method: 'GET',
      path: '/audit',
      query: { limit: 1 }
    })
    // As JSON each line is one change: a list before them would be another shape.
    if (output === 'table') await list()
    let after = body.items[0]?.seq ?? 0
    const open = (): AsyncIterable<AuditEvent> => client.events<AuditEvent>('/events', {}, signal, after)
    for await (const change of reopening(open, signal)) {
      // Of other kinds, too: they need not be sent again.
      after = change.seq
      if (change.kind !== kind.kind || change.environment !== environment) continue
      console.log(output === 'json' ? JSON.stringify(change) : lineOf(change))
      if (++seen >= most) break
    }
  } finally {
    close()
  }
  return 0
}

function lineOf({ at, actor, action, kind, key, generation, reason }: AuditEvent): string {
  const of = generation === undefined ? '' : ` generation ${generation}`
  return `${shownTime(at)}  ${action}  ${kind} ${key}${of}  by ${actor}${reason === undefined ? '' : `: ${reason}`}`
}
