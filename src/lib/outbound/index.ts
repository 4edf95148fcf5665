/** HTTP to addresses that users have written, kept away from what is behind our own walls. */
export { type AddressRules, createAddressRules } from './address-rules.ts'
export { outboundErrors } from './errors.ts'
export {
  createOutbound,
  type Outbound,
  type OutboundOptions,
  type OutboundReply,
  type OutboundRequest
} from './outbound.ts'
