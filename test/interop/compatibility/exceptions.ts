import type { DubboVersion } from '../../peers/java.ts'
import type { Way } from './kinds.ts'

/**
 * What is known not to end as it should, and why. The test fails when something else goes wrong, when one of these goes wrong in another way, and
 * when one of these goes well.
 */
export interface Exception {
  /** The kind of call by its name, or the method of TypesService. */
  readonly of: RegExp
  /** True: only where the answer is a list with a null in it. */
  readonly nullInside?: true
  readonly ways?: readonly Way[]
  readonly versions?: readonly DubboVersion[]
  /** What is seen instead. */
  readonly seen: RegExp
  /** The reason, for docs/compatibility.md. */
  readonly note: string
}

export const CALL_EXCEPTIONS: readonly Exception[] = [
  {
    ...{ of: /^a bean with a `LocalDateTime`/, ways: ['registry'], versions: ['26', '30'] },
    seen: /ABOX_ANSWER_TYPE: rank-features@[0-9a-f]{12}:\d+: local: found an object, expected java\.time\.LocalDateTime/,
    note: 'On their way into a generic call 2.6 and 3.0 turn `java.time` values into maps of their getters (`year`, `monthValue`, …). They reach a hook or model as such an object; as answers they arrive right. 2.7 and 3.1 up send ISO text.'
  },
  {
    ...{ of: /CompletableFuture/, versions: ['26'], seen: /TimeoutException/ },
    note: '2.6 does not know methods that return futures: the future that the caller gets is never completed.'
  },
  {
    ...{ of: /asyncCall/, ways: ['registry'], versions: ['26'] },
    seen: /rank: java\.util\.HashMap is not com\.example\.rank\.RankResult/,
    note: '2.6 does not convert the answer of an asynchronous generic call: beans stay maps. With a URL of its own (`dubbo://host:port`) the answer is typed.'
  },
  {
    ...{ of: /^response attachments/, ways: ['registry'], versions: ['26'], seen: /undefined/ },
    note: '2.6 drops the attachments of a generic answer.'
  },
  {
    ...{ of: /^response attachments/, ways: ['typed'], versions: ['27'], seen: /undefined/ },
    note: '2.7 shows them only where the provider came from a registry.'
  },
  {
    ...{ of: /EchoService/, ways: ['registry'], seen: /RankService\.\$echo\(java\.lang\.Object\)/ },
    note: 'The consumer looks `$echo` up in the interface after it was answered, and does not find it: no answer to a generic `$echo` can succeed.'
  },
  {
    ...{ of: /^callback/, ways: ['registry'], versions: ['26', '27', '30', '31'] },
    seen: /found an answer, expected an exception/,
    note: 'In a generic call the listener travels as an ordinary map, and nothing says that it was one. It is never called.'
  },
  {
    ...{ of: /raw\.return|protobuf-json|gson/, versions: ['26'], seen: /ClassCastException/ },
    note: '2.6 does not know this kind of GenericService and fails before it sends anything.'
  },
  {
    ...{ of: /raw\.return/, ways: ['registry'], versions: ['27'] },
    seen: /HashMap<String/,
    note: '2.7 sends the kind that the provider URL says, which is `true`: beans come as maps.'
  },
  {
    ...{ of: /nativejava|generic=bean|protobuf-json|gson/, ways: ['registry'], versions: ['27'] },
    seen: /found an answer, expected an exception|ABOX_ANSWER_TYPE: (\S+: )?the result: found an object/,
    note: '2.7 sends the kind that the provider URL says, which is `true`. So ABox cannot know, and takes the argument for what it looks like: text, bytes or an object.'
  },
  {
    ...{ of: /generic=bean/, versions: ['32', '33'], seen: /JavaBeanDescriptor is not in allow list/ },
    note: 'The consumer itself refuses to write a `JavaBeanDescriptor`, unless its allow list has it.'
  }
]

const FLOAT =
  'hessian-lite 4.0.1 to 4.0.4 (3.3.x) writes eight bytes into a `float` field of a class object: it becomes 0 and its neighbour changes.'

export const TYPE_EXCEPTIONS: readonly Exception[] = [
  {
    ...{
      of: /^(object|listOfDouble)$/,
      nullInside: true,
      ways: ['registry'],
      versions: ['26'],
      seen: /NullPointerException/
    },
    note: '2.6 cannot convert a list that has a null in it.'
  },
  {
    ...{ of: /^listOfFloat$/, ways: ['typed'], seen: /java\.lang\.Double is not java\.lang\.Float/ },
    note: 'Hessian has no float: the elements are `Double`, with Java providers too. Declare `List<Double>` or `float[]`.'
  },
  {
    ...{ of: /^(floatItem|listOfFloatItem)$/, ways: ['typed'], versions: ['33'], seen: /1\.0000002383021638/ },
    note: `${FLOAT} Java providers are hit in the same way. The consumer may set \`-Dcom.caucho.hessian.unsafe=false\`, after which 4.0.4 reads no \`BigInteger\`; found through the registry it is right.`
  },
  {
    ...{ of: /^floatBasket$/, versions: ['33'], seen: /1\.0000002383021638/ },
    note: `${FLOAT} Beans in a container field of a bean are class objects on both ways, because 2.7 needs them (docs/adr/002).`
  }
]
