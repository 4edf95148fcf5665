/** Runs untrusted JavaScript or TypeScript modules, JSON text in and JSON text out, with limits on time and memory. */
export { sandboxErrors } from './errors.ts'
export type { ThrownInside } from './reply.ts'
export { createSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts'
