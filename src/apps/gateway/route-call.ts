import { AboxError } from '#core/errors'
import type { Invocation } from '#lib/dubbo'
import type { ArgumentWriter } from './arguments.ts'
import { gatewayErrors } from './errors.ts'
import {
  describeMissing,
  findRoute,
  type ModelEntry,
  type Route,
  type RouteQuery,
  type RoutingTable
} from './routing-table.ts'

/** The route of a call. Throws ABOX_NO_ROUTE with what exists. */
export function routeOf(table: RoutingTable, invocation: Invocation): Route {
  const query: RouteQuery = {
    service: invocation.service,
    version: invocation.version,
    group: invocation.group,
    method: invocation.method,
    parameterTypes: invocation.parameterTypes,
    argumentCount: invocation.argOffsets.length
  }
  const route = findRoute(table, query)
  if (route !== undefined) return route
  throw new AboxError(gatewayErrors.ABOX_NO_ROUTE, describeMissing(table, query))
}

/** The model of a call: the route's own, or the one that an argument or attachment names. Throws ABOX_NO_MODEL. */
export function modelOf(route: Route, table: RoutingTable, invocation: Invocation, args: ArgumentWriter): ModelEntry {
  const { model } = route
  if (model.kind === 'fixed') return model.model
  const name =
    model.kind === 'attachment'
      ? invocation.attachments.get(model.name)
      : args.name(invocation, route, model.argument, model.path)
  const found = name === undefined ? undefined : table.models.get(name)
  if (found !== undefined) return found
  const place = model.kind === 'attachment' ? `attachment ${model.name}` : `args[${model.argument}]`
  throw new AboxError(
    gatewayErrors.ABOX_NO_MODEL,
    `${place}: found ${name === undefined ? 'no model name' : `"${name.slice(0, 64)}"`}, expected one of ${[...table.models.keys()].slice(0, 20).join(', ')}`
  )
}
