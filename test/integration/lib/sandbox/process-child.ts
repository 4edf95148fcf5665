import { runSandboxProcess } from '#lib/sandbox'

/** The child of the tests beside it. */
await runSandboxProcess()
