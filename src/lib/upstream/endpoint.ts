/** What a call says about the endpoint that took it. */
export type EndpointOutcome =
  /** An answer that is the model's own, whatever it says. */
  | 'ok'
  /** The server is there and does not do its work: 5xx, 429, half an answer, no HTTP, no JSON, none in good time. */
  | 'upstream'
  /** The way to it is broken: refused, reset, no connection in time. */
  | 'local'
  /** Says nothing about the endpoint: the caller went, its time was nearly over, the call was not sent. */
  | 'none'

/** Where a server is reached. */
export interface EndpointAddress {
  /** `http://host:port`. */
  readonly origin: string
  /** The name (and port) behind an origin that is an address: the Host header, and the servername of TLS. */
  readonly host?: string | undefined
}

/** One of several servers that are equally good, as calls see it. */
export interface Endpoint {
  readonly origin: string
  readonly host: string | undefined
  /** Calls that have it and have not released it. */
  readonly inFlight: number
}

/** `down`: probes fail. `ejected`: calls failed. `slow_start`: it gets less than its share for a while. */
export type EndpointCondition = 'up' | 'slow_start' | 'ejected' | 'down'

/** One endpoint for metrics and people. */
export interface EndpointState {
  readonly origin: string
  readonly host: string | undefined
  readonly state: EndpointCondition
  readonly inFlight: number
  /** How often it was ejected, since it is known. */
  readonly ejections: number
  /** Calls of outcome `local` and `upstream`, since it is known. */
  readonly failures: number
  /** Those of them of outcome `local`. */
  readonly localFailures: number
}

/**
 * What a set knows of one endpoint. Changed by the set, its picker and the rules of ejection; a class, so that all have
 * one shape and the call path only writes numbers.
 */
export class TrackedEndpoint implements Endpoint {
  readonly origin: string
  readonly host: string | undefined
  inFlight = 0
  /** Its share in relation to a full one, above 0 and at most 1. */
  weight = 1
  /** Index in the picker's list, -1 = calls do not go there now. */
  at = -1
  /** No longer in the set; calls under way still hold it. */
  gone = false
  /** Probes say so. */
  down = false
  /** Monotonic, ms; 0 = not ejected. */
  ejectedUntil = 0
  /** It asked for no calls until then, monotonic, ms; 0 = it did not. */
  restsUntil = 0
  /** Since when its share grows, monotonic, ms; -1 = it has its full share. */
  slowSince = -1
  failuresInARow = 0
  /** Calls of the present window. */
  good = 0
  bad = 0
  /** The next ejection is this many times longer than the first, but for one. */
  strikes = 0
  /** Since when it is not ejected and no strike was forgiven, monotonic, ms. */
  calmSince = 0
  ejections = 0
  failures = 0
  localFailures = 0

  constructor({ origin, host }: EndpointAddress) {
    this.origin = origin
    this.host = host
  }

  /** Whether calls should go there. */
  usable(): boolean {
    return !this.down && this.ejectedUntil === 0
  }

  state(): EndpointState {
    const { origin, host, inFlight, ejections, failures, localFailures } = this
    return { origin, host, state: this.#condition(), inFlight, ejections, failures, localFailures }
  }

  #condition(): EndpointCondition {
    if (this.down) return 'down'
    if (this.ejectedUntil !== 0) return 'ejected'
    return this.slowSince < 0 ? 'up' : 'slow_start'
  }
}
