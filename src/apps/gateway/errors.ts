import { errorRows } from '#core/errors'

/** What a call can end with that no lib knows of. */
export const gatewayErrors = errorRows({
  ABOX_NO_ROUTE: {
    fault: 'caller',
    retryable: false,
    text: 'No published Service document has this interface, version, group and method.',
    remedy: 'Compare the reference with what the message lists, or publish the Service document.'
  },
  ABOX_NO_MODEL: {
    fault: 'operator',
    retryable: false,
    text: 'The method is bound to a model of which no document is published.',
    remedy: 'Publish the Model document, or correct `model` in the Service document.'
  },
  ABOX_NO_VARIANT: {
    fault: 'caller',
    retryable: false,
    text: 'The attachment abox.variant names a variant that the model does not have.',
    remedy: 'Use one of the names in the message, or leave the attachment out.'
  },
  ABOX_NO_ENDPOINT: {
    fault: 'operator',
    retryable: true,
    text: 'No worker of the variant has ever been seen in ZooKeeper, so there is nothing to send the call to.',
    remedy:
      'Look for nodes under instances/<model> below documents.root, and whether the workers register themselves there.'
  },
  ABOX_DEADLINE: {
    fault: 'caller',
    retryable: false,
    text: 'The time the caller gave was over before the stage named in the message began.',
    remedy: 'Give the call more time, or find in the call record which stage used it up.'
  },
  ABOX_SHED: {
    fault: 'operator',
    retryable: false,
    text: 'The instance has as many calls in flight as it may have, this caller more than its share of them, too many large calls wait, or its memory is nearly used up; the call was refused.',
    remedy:
      'Read in the message which of the four; add instances, or raise limits.inFlight or limits.memoryMb if there is memory.'
  },
  ABOX_LIMITED: {
    fault: 'caller',
    retryable: true,
    text: 'A limit of the service, method, model or caller is used up; the call was refused at once.',
    remedy: 'Call less often, or raise the number that the message names in its document.'
  },
  ABOX_ARGUMENT: {
    fault: 'caller',
    retryable: false,
    text: 'The arguments of the call do not hold what the route reads as its input.',
    remedy: 'Compare the call with `input` and `modelFrom` of the method in the Service document.'
  },
  ABOX_GENERIC_KIND: {
    fault: 'caller',
    retryable: false,
    text: 'A generic call sends its arguments in a form that ABox does not read (nativejava, bean, protobuf-json, gson).',
    remedy: 'Set generic=true or generic=raw.return at the reference and pass maps, lists and plain values.'
  },
  ABOX_CALLBACK: {
    fault: 'caller',
    retryable: false,
    text: 'An argument of the call is a callback, which a model cannot call.',
    remedy: 'Call a method without callback argument, and take the result from the answer.'
  },
  ABOX_TOKEN: {
    fault: 'caller',
    retryable: false,
    text: 'The service has a token, and the call does not show it.',
    remedy:
      'Find the provider through the registry, which hands the token out, or add token=… to the address of a direct reference.'
  },
  ABOX_HOOK_BUNDLE: {
    fault: 'operator',
    retryable: false,
    text: 'The hook version of this route could not be loaded.',
    remedy: 'Put the bundle with this digest into the hook store, or publish another version.'
  },
  ABOX_HOOK_DISABLED: {
    fault: 'hook',
    retryable: false,
    text: 'This version of the hook went beyond its limits so often that it is disabled, and no other version can answer for it.',
    remedy:
      'Publish a version that keeps the limits, or one that ran before; `POST /hooks/enable` at the admin port enables this one again.'
  },
  ABOX_HOOK_STATE: {
    fault: 'operator',
    retryable: false,
    text: 'A file in state.dir with what is known of hook versions cannot be read; they begin anew.',
    remedy: 'None is needed; it is written again. Look for who else writes into state.dir.'
  },
  ABOX_HOOK_REQUEST: {
    fault: 'hook',
    retryable: false,
    text: 'The pre hook returned something else than an object with `body`.',
    remedy: 'Return { body: … } from pre.'
  },
  ABOX_HOOK_EXCEPTION: {
    fault: 'hook',
    retryable: false,
    text: 'The post hook raised an exception that the method does not declare, or one that is too long.',
    remedy:
      'List the class in `throws` of the method and its fields in `types` of the Service document; 128 Ki characters are enough for any.'
  },
  ABOX_LISTEN: {
    fault: 'operator',
    retryable: false,
    text: 'A port could not be opened.',
    remedy: 'Free the port named in the message or configure another one.'
  },
  ABOX_INSTANCE: {
    fault: 'us',
    retryable: true,
    text: 'A gateway instance ended before it was ready.',
    remedy: 'Read the log of the instance; the supervisor starts it again with growing pauses.'
  },
  ABOX_RELOAD: {
    fault: 'operator',
    retryable: false,
    text: 'The changed configuration has a key that cannot change while the gateway runs.',
    remedy: 'Put the named key back, or stop the gateway and start it again.'
  },
  ABOX_ROLLOUT: {
    fault: 'operator',
    retryable: true,
    text: 'A rolling restart was refused or has stopped half-way; the instances that run go on.',
    remedy: 'Read in `GET /state` what runs and why it stopped, put that right and ask again.'
  }
})
