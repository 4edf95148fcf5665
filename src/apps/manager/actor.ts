/** Who does something, for the audit. */
export interface Actor {
  /** Name of a user, or `abox` for the manager itself. */
  readonly name: string
  /** How he is known: `session`, `token <id>`, `setup`, `manager`. */
  readonly by: string
  /** Where the request came from; '' for the manager itself. */
  readonly address: string
  /** Id of the request, as it stands in the answer and in the log. */
  readonly request: string
}

/** What the manager does by itself. */
export const managerActor: Actor = { name: 'abox', by: 'manager', address: '', request: '' }
