import { Socket } from 'node:net'
import { holdLifeline } from './lifeline.ts'
import { CHANNEL_FD } from './messages.ts'
import { serveSandboxes } from './server.ts'

/** The first four streams of a child that calls `runSandboxProcess`: its lifeline, nothing, messages of V8, the channel. */
export const SANDBOX_STDIO = ['pipe', 'ignore', 'inherit', 'pipe'] as const

/**
 * The body of the child: serves sandboxes until the gateway closes the channel. When the gateway is gone altogether, the
 * process ends, whatever it is doing. Rejects with ABOX_HOOK_PROCESS on what is no message.
 */
export async function runSandboxProcess(): Promise<void> {
  holdLifeline()
  await serveSandboxes(new Socket({ fd: CHANNEL_FD, readable: true, writable: true }))
}
