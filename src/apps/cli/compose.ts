/** Commands for people; one file per command. */
export { callCommand } from './call.ts'
export { dubboCommand } from './dubbo.ts'
export { hessianCommand } from './hessian.ts'
export { hookCommand } from './hook.ts'
export { serviceCommand } from './service.ts'
