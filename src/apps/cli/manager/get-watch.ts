import type { CommandInput } from '#core/command'
import type { ManagerClient } from './client.ts'
import type { KindNames } from './kinds.ts'
import type { Output } from './options.ts'
import { shownTime } from './show.ts'
import { beginWatching } from './watching.ts'

/** A line of the audit, as the stream of changes tells it. */
interface Change {
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly environment?: string
  readonly kind?: string
  readonly key?: string
  readonly generation?: number
  readonly reason?: string
}

/**
 * `list` first, then each change of the kind in the environment: a line for people, or of JSON. Until Ctrl-C, `--for` or
 * `--count`. Rejects with ABOX_CLI_USAGE and as the client.
 */
export async function watchKind(
  input: CommandInput,
  client: ManagerClient,
  kind: KindNames,
  output: Output,
  list: () => Promise<unknown>
): Promise<number> {
  const environment = kind.global ? undefined : client.environment
  const { signal, most, close } = beginWatching(input)
  let seen = 0
  try {
    // From here on, so that nothing is missed between the list and the stream.
    const { body } = await client.send<{ items: { seq: number }[] }>({
      method: 'GET',
      path: '/audit',
      query: { limit: 1 }
    })
    // As JSON each line is one change: a list before them would be another shape.
    if (output === 'table') await list()
    for await (const change of client.events<Change>('/events', {}, signal, body.items[0]?.seq ?? 0)) {
      if (change.kind !== kind.kind || change.environment !== environment) continue
      console.log(output === 'json' ? JSON.stringify(change) : lineOf(change))
      if (++seen >= most) break
    }
  } finally {
    close()
  }
  return 0
}

function lineOf({ at, actor, action, kind, key, generation, reason }: Change): string {
  const of = generation === undefined ? '' : ` generation ${generation}`
  return `${shownTime(at)}  ${action}  ${kind} ${key}${of}  by ${actor}${reason === undefined ? '' : `: ${reason}`}`
}
