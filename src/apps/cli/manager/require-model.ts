import { AboxError } from '#core/errors'
import type { ManagerClient } from './client.ts'
import { kindOfText, pathOf } from './kinds.ts'
import { reword } from './reword.ts'

/**
 * For what is asked about a model and would answer nothing of one that is not there. Rejects with the manager's
 * ABOX_NOT_FOUND or ABOX_FORBIDDEN, in one text for all commands.
 */
export async function requireModel(client: ManagerClient, model: string): Promise<void> {
  try {
    await client.send({ method: 'GET', path: pathOf(client, kindOfText('Model'), model) })
  } catch (error) {
    const { code } = AboxError.from(error)
    if (code !== 'ABOX_NOT_FOUND' && code !== 'ABOX_FORBIDDEN') throw error
    throw reword(error, `found no model "${model}" that you see in ${client.environment}`)
  }
}
