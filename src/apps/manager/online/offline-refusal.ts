/** Why a variant may not go offline: the command line asks the same before it moves a share away. */
export { pointsAt } from '#contracts/split-targets'
