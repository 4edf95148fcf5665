import { errorRows } from '#core/errors'

/** What the manager refuses or cannot do; http/problem.ts says with which status. */
export const managerErrors = errorRows({
  ABOX_REQUEST_INVALID: {
    fault: 'caller',
    retryable: false,
    text: 'A request to the manager cannot be understood.',
    remedy: 'Correct the named part; /api/v1/openapi.json describes every request.'
  },
  ABOX_NOT_FOUND: {
    fault: 'caller',
    retryable: false,
    text: 'What the request names does not exist.',
    remedy: 'Look at the list for the right name: `abox get <kind>`, `abox server list`, `abox token list`.'
  },
  ABOX_FORBIDDEN: {
    fault: 'caller',
    retryable: false,
    text: 'The user may not do this, or what is named does not exist.',
    remedy: 'Ask an admin of the business group for the role that the detail names.'
  },
  ABOX_GENERATION: {
    fault: 'caller',
    retryable: false,
    text: 'Somebody else has changed the document meanwhile.',
    remedy:
      'Read it again (`abox describe`), look at what changed, and make the change on that: with its generation, or the ETag of that answer.'
  },
  ABOX_NOT_READY: {
    fault: 'operator',
    retryable: true,
    text: 'A variant cannot come online: one of its endpoints is not ready or does not answer the sample as it should, or none could be asked.',
    remedy: 'Look at the model server that the detail names, or correct the path, the headers or the sample.'
  },
  ABOX_REFERENCE: {
    fault: 'caller',
    retryable: false,
    text: 'A document names one that does not exist or cannot be used, or is still named by others.',
    remedy:
      'Make what is named first, or bring it online; before a deletion, or before taking something offline, change the documents that the detail lists.'
  },
  ABOX_NOTHING_BEFORE: {
    fault: 'caller',
    retryable: false,
    text: 'What an undo goes back to is no document, and the request does not say that it may delete.',
    remedy:
      'Delete the document where that is meant, or send `mayDelete` with the undo; else name a generation by `to`.'
  },
  ABOX_IDEMPOTENCY: {
    fault: 'caller',
    retryable: false,
    text: 'The Idempotency-Key was used before, for another request.',
    remedy: 'Use a new key for each new request.'
  },
  ABOX_SHOWN_ONCE: {
    fault: 'caller',
    retryable: false,
    text: 'What the first request with this Idempotency-Key has made was shown with its answer, and is not shown again.',
    remedy: 'Where that answer was lost, revoke the token that the detail names and make another with a new key.'
  },
  ABOX_NO_GENERATION: {
    fault: 'caller',
    retryable: false,
    text: 'A change of a document does not say which generation of it was seen.',
    remedy: 'Send If-Match with the ETag of the document, or If-None-Match: * where there is to be none.'
  },
  ABOX_EXISTS: {
    fault: 'caller',
    retryable: false,
    text: 'There is one of this name already.',
    remedy: 'Choose another name, or change the one that exists.'
  },
  ABOX_UNAUTHENTICATED: {
    fault: 'caller',
    retryable: false,
    text: 'The request does not say who sends it, or not in a way that counts (any more).',
    remedy: 'Log in, or send a token that is neither expired nor revoked as `Authorization: Bearer abox_…`.'
  },
  ABOX_LOGIN_LIMITED: {
    fault: 'caller',
    retryable: true,
    text: 'There were too many attempts to log in from this address or for this user.',
    remedy: 'Wait as long as Retry-After says, then try again with the right password.'
  },
  ABOX_STREAMS_LIMITED: {
    fault: 'caller',
    retryable: true,
    text: 'The user has as many event streams open as one may.',
    remedy: 'Close those that nobody reads, then open this one; one stream tells all that its reader may see.'
  },
  ABOX_REQUESTS_LIMITED: {
    fault: 'caller',
    retryable: true,
    text: 'The user has as many slow requests of this kind under way as one may; nothing was done.',
    remedy: 'Send it again when one of those that the detail counts has been answered.'
  },
  ABOX_MANAGER_BUSY: {
    fault: 'operator',
    retryable: true,
    text: 'The manager does as much of this at once as it may; nothing was done.',
    remedy: 'Send it again a little later.'
  },
  ABOX_MANAGER_LISTEN: {
    fault: 'operator',
    retryable: false,
    text: 'The manager cannot listen on its port.',
    remedy: 'Choose another host or port in the configuration, or end what uses it.'
  },
  ABOX_OIDC: {
    fault: 'upstream',
    retryable: true,
    text: 'The identity provider does not answer, or not in a way that can be trusted.',
    remedy: 'Begin the log-in anew; where that does not help, look at the provider and at `oidc` of the configuration.'
  }
})
