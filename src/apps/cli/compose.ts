import type { Command } from '#core/command'

/** For `abox dev`, whose own manager is set up as by an operator. */
export { openSession } from './manager/browserless-session.ts'
export { ManagerClient } from './manager/client.ts'
export { splitCommand } from './manager/split.ts'

/** Commands for people, one file per command; each is loaded when it is used, because some take a second. */
export const cliCommands = {
  call: async (): Promise<Command> => (await import('./call.ts')).callCommand,
  service: async (): Promise<Command> => (await import('./service/command.ts')).serviceCommand,
  hook: async (): Promise<Command> => (await import('./hook/command.ts')).hookCommand,
  login: async (): Promise<Command> => (await import('./manager/login.ts')).loginCommand,
  logout: async (): Promise<Command> => (await import('./manager/logout.ts')).logoutCommand,
  apply: async (): Promise<Command> => (await import('./manager/apply.ts')).applyCommand,
  diff: async (): Promise<Command> => (await import('./manager/diff.ts')).diffCommand,
  get: async (): Promise<Command> => (await import('./manager/get.ts')).getCommand,
  describe: async (): Promise<Command> => (await import('./manager/describe.ts')).describeCommand,
  split: async (): Promise<Command> => (await import('./manager/split.ts')).splitCommand,
  model: async (): Promise<Command> => (await import('./manager/model.ts')).modelCommand,
  endpoint: async (): Promise<Command> => (await import('./manager/endpoint.ts')).endpointCommand,
  undo: async (): Promise<Command> => (await import('./manager/undo.ts')).undoCommand,
  delete: async (): Promise<Command> => (await import('./manager/delete.ts')).deleteCommand,
  audit: async (): Promise<Command> => (await import('./manager/audit.ts')).auditCommand,
  server: async (): Promise<Command> => (await import('./manager/server.ts')).serverCommand,
  top: async (): Promise<Command> => (await import('./manager/top.ts')).topCommand,
  doctor: async (): Promise<Command> => (await import('./manager/doctor.ts')).doctorCommand,
  user: async (): Promise<Command> => (await import('./manager/user.ts')).userCommand,
  token: async (): Promise<Command> => (await import('./manager/token.ts')).tokenCommand,
  hessian: async (): Promise<Command> => (await import('./hessian.ts')).hessianCommand,
  dubbo: async (): Promise<Command> => (await import('./dubbo.ts')).dubboCommand
}

export type CliCommand = keyof typeof cliCommands
