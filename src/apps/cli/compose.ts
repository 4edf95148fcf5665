/** Commands for people; one file per command. */
export { callCommand } from './call.ts'
