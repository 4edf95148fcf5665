import Type, { type Static } from 'typebox'
import { Difference } from './difference.ts'

const Differences = Type.Array(Difference)

/** What a change of one document would do: the answer to `dryRun`. Nothing of it was written. */
export const ChangePlan = Type.Object({
  generation: Type.Integer({ description: 'After the change; the present one where nothing would change' }),
  difference: Differences,
  follow: Type.Array(Type.Object({ kind: Type.String(), key: Type.String(), difference: Differences }), {
    description: 'Other documents that change with it'
  })
})
export type ChangePlan = Static<typeof ChangePlan>
