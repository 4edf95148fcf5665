/**
 * What the samples of test/peers/java/hessian mean in JSON, and which of them are no use for which question, and why.
 * The names are those of the Java side.
 */

const ITEM_PARTS = '"level":"HIGH","title":"item-N","score":S,"parts":[1.0,2.5,0.1],"detail":{"a":1.0}'

const item = (id: number): string => {
  const rest = ITEM_PARTS.replace('N', String(id)).replace('S', id % 8 === 0 ? `${id / 8}.0` : String(id / 8))
  return `{"class":"com.example.types.Item","id":${id},${rest}}`
}

/** Named by what they are in JSON: `int 48`, `date -1`, `BigDecimal 0.00`. */
const NUMBERS = /^(?:int|long|byte|short|date|BigDecimal) (-?\d.*)$/
/** Named by what Java's `toString` prints, which is what they are in JSON. */
const TIMES =
  /^(?:LocalDate|LocalTime|LocalDateTime|Instant|Duration|Period|Year|YearMonth|MonthDay|ZoneOffset|OffsetTime|OffsetDateTime|ZonedDateTime|ZoneId) (.+)$/
const REPEATED: Readonly<Record<string, string>> = { ascii: 'a', chinese: '中', emoji: '😀' }

/** The JSON of a sample; undefined where none is stated. Objects stand for themselves, whatever the order of their members. */
export function expectedJson(name: string): string | undefined {
  const stated = JSON_OF[name]
  if (stated !== undefined) return stated
  const [, number] = NUMBERS.exec(name) ?? []
  if (number !== undefined) return number
  const [, time] = TIMES.exec(name) ?? []
  if (time !== undefined) return JSON.stringify(time)
  const [kind = '', count = ''] = name.split(' ')
  if (kind in REPEATED) return JSON.stringify((REPEATED[kind] as string).repeat(Number(count)))
  if (kind === 'bytes' && /^\d+$/.test(count)) return JSON.stringify(bytes(Number(count)).toString('base64'))
  return undefined
}

const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 7) & 0xff))

const JSON_OF: Readonly<Record<string, string>> = {
  null: 'null',
  true: 'true',
  false: 'false',
  'double 0.0': '0.0',
  // The writer of Java loses the sign.
  'double -0.0': '0.0',
  'double 1.0': '1.0',
  'double -1.0': '-1.0',
  'double 127.0': '127.0',
  'double 128.0': '128.0',
  'double -128.0': '-128.0',
  'double -129.0': '-129.0',
  'double 32767.0': '32767.0',
  'double 32768.0': '32768.0',
  'double -32769.0': '-32769.0',
  'double 0.001': '0.001',
  'double 12.25': '12.25',
  'double 2147483.647': '2147483.647',
  'double -2147483.648': '-2147483.648',
  'double 0.30000000000000004': '0.30000000000000004',
  'double 2.147483648E9': '2147483648.0',
  'double 9.007199254740992E15': '9007199254740992.0',
  'double 1.0E300': '1e300',
  'double 4.9E-324': '5e-324',
  'double 1.7976931348623157E308': '1.7976931348623157e308',
  'double NaN': 'NaN',
  'double Infinity': 'Infinity',
  'double -Infinity': '-Infinity',
  // Boxed floats are written by their shortest decimal, primitive ones widened.
  'float 1.1': '1.1',
  'float 0.1': '0.1',
  'float 1.6777216E7': '16777216.0',
  'float 3.4E38': '3.4e38',
  'float NaN': 'NaN',
  'float[]': '[1.100000023841858,0.0,0.0,NaN,3.3999999521443642e38]',
  'char x': '"x"',
  'char zhong': '"中"',
  'char of a surrogate': '"\\ud83d"',
  'text: of all lengths': '"a😀é中😀z"',
  'text: two bytes each': '"éß×Ωя\u0080\u07ff"',
  'text: three bytes each': '"\u0800中\ud7ff\ue000\uffff"',
  'text: surrogates at the edge of a chunk': JSON.stringify(`${'a'.repeat(0x7fff)}😀b`),
  'text: surrogates before the edge of a chunk': JSON.stringify(`${'a'.repeat(0x7ffe)}😀b`),
  'text: surrogates at the edge of the second chunk': JSON.stringify(`${'a'.repeat(0x7fff)}😀${'b'.repeat(0x7ffe)}😀`),
  'text: a lone high surrogate': '"\\ud83d"',
  'text: a lone low surrogate': '"\\ude00"',
  'text: a lone high surrogate at the edge of a chunk': `"${'a'.repeat(0x7fff)}\\ud83db"`,
  'text: surrogates the wrong way round': '"x\\ude00\\ud83dy"',
  'text: NUL': '"\\u0000"',
  'text: controls': JSON.stringify('\0\u0001\b\t\n\f\r\u001f\u007f'),
  'text: __proto__': '"__proto__"',
  chars: '"chars 中"',
  'no chars': '""',
  'int[]': '[1,-1,300000]',
  'int[] empty': '[]',
  'long[]': '[1,9007199254740993,-9223372036854775808]',
  'short[]': '[1,-32768]',
  'double[]': '[0.0,1.0,0.25,-3.14159,1e300,NaN,-Infinity,0.0,12.25,200.0,40000.0]',
  'double[] empty': '[]',
  'double[300]': JSON.stringify(Array.from({ length: 300 }, (_, i) => i * 0.37)).replace(
    /(?<![\d.])(\d+)(?=[,\]])/g,
    '$1.0'
  ),
  'boolean[]': '[true,false]',
  'String[]': '["a",null,"","中😀"]',
  'Object[]': '[1,2,3.0,"four",true,null,0,[5]]',
  'Date[]': '[0,null,1700000000123]',
  'Integer[]': '[1,null,300000]',
  'Long[]': '[1,null]',
  'Double[]': '[1.0,null,2.5]',
  'Float[]': '[1.1,null]',
  'BigDecimal[]': '[1.50,null]',
  'Level[]': '["LOW",null,"HIGH","LOW"]',
  'Item[]': `[${item(1)},null,${item(2)}]`,
  'Base[] of Item': `[{"class":"com.example.types.Base","level":"LOW","title":"base-1","id":1},${item(2)}]`,
  'double[][]': '[[1.0,2.5],[],null,[3.0]]',
  'int[][][]': '[[[1],[2,3]],[]]',
  'byte[][]': '["AQI=","",null]',
  'List[]': '[[1],["a","b"]]',
  'ArrayList empty': '[]',
  'ArrayList of doubles': '[1.0,2.5,0.0,0.0,NaN,1e300]',
  'ArrayList of 8': '[1,2,3,4,5,6,7,8]',
  'ArrayList of 300': JSON.stringify(Array.from({ length: 300 }, (_, i) => `s${i}`)),
  'ArrayList of longs': '[1,9007199254740993,null]',
  'ArrayList of floats': '[1.1,1.5]',
  'ArrayList of items': `[${item(1)},${item(2)}]`,
  'ArrayList of anything': '[1,2,3.0,1.5,"four",true,null,"c",1,"AQ==",[],0]',
  'lists in lists': '[[1.0,2.0],[],[3.5]]',
  LinkedList: '[1,2,3]',
  'Arrays.asList': '["a",null,"b"]',
  subList: '["b","c"]',
  unmodifiableList: '["a","b"]',
  ArrayDeque: '[1,2,3]',
  HashSet: '[1,2,3]',
  TreeSet: '[1,2,3]',
  EnumSet: '["LOW","HIGH"]',
  'EnumSet empty': '[]',
  'HashMap empty': '{}',
  HashMap: '{"a":1,"b":2.0,"c":null,"d":[],"e":{"f":3}}',
  'HashMap with keys of objects': '{"__proto__":1,"constructor":2,"toString":3,"":4}',
  'HashMap with null key': '{"null":"x","y":null}',
  'HashMap of items': `{"a":${item(1)},"b":${item(2)}}`,
  TreeMap: '{"a":1,"b":2}',
  Hashtable: '{"a":1,"b":2}',
  Properties: '{"a":"1"}',
  EnumMap: '{"LOW":1,"HIGH":2}',
  'keys of Integer': '{"1":"first","-300000":"second"}',
  'keys of Long': '{"1":"first","9007199254740993":"second"}',
  'keys of Double': '{"1.0":"first","2.5":"second"}',
  'keys of Boolean': '{"true":"first","false":"second"}',
  'keys of Date': '{"0":"first","1700000000123":"second"}',
  'keys of Level': '{"LOW":"first","HIGH":"second"}',
  'keys of Operation': '{"PLUS":"first","MINUS":"second"}',
  'keys of BigDecimal': '{"1.50":"first","10":"second"}',
  'keys of UUID': '{"00000000-0000-0001-0000-000000000002":"first","00000000-0000-0003-0000-000000000004":"second"}',
  'keys of LocalDate': '{"2024-02-29":"first","1970-01-01":"second"}',
  Base: '{"class":"com.example.types.Base","id":7,"title":"base-7","level":"LOW"}',
  'Base of nulls': '{"class":"com.example.types.Base","id":0,"title":null,"level":null}',
  Item: item(9),
  'Item as Base': item(9),
  // Of two fields of one name the last is that of the subclass.
  Shadow: '{"class":"com.example.types.Shadow","only":"superclass","own":"subclass","a":9}',
  Primitives:
    '{"class":"com.example.types.Primitives","flag":true,"tiny":-128,"small":-32768,"number":-2147483648,' +
    '"large":-9223372036854775808,"real":0.30000000000000004,"letter":"中","boxedFlag":false,"boxedTiny":127,' +
    '"boxedSmall":32767,"boxedNumber":48,"boxedLarge":9007199254740993,"boxedReal":1.0,"boxedLetter":"x","text":"text"}',
  Empty: '{"class":"com.example.types.Empty"}',
  'Page of doubles': '{"class":"com.example.types.Page","rows":[1.0,2.5],"first":0.5,"total":0}',
  Everything:
    '{"class":"com.example.types.Everything","id":9007199254740993,"text":"中文😀","at":1700000000123,"day":"2024-02-29",' +
    '"local":"2024-02-29T23:59:58.123456789","instant":"2023-11-14T22:13:20.000000005Z","amount":123456789.987654321,' +
    '"huge":-1180591620717411303424,"uuid":"12345678-90ab-cdef-fedc-ba0987654321","blob":"AAcOFRwjKjE4P0ZNVFtiaXB3foU=",' +
    '"slots":[1,-1,300000],"ids":[1,9223372036854775807],"scores":[0.0,1.0,0.25],"matrix":[[1.0,2.0],[3.5,4.0]],' +
    '"names":["a",null],"flags":[true,false],"level":"MIDDLE","levels":["LOW","HIGH"],"levelList":["HIGH","LOW"],' +
    `"longs":[1,null,9007199254740993],"items":[${item(1)},${item(2)}],"itemArray":[${item(3)}],"best":${item(4)},` +
    `"byId":{"5":${item(5)}},"grouped":{"a":[1.0,2.0]},"tags":["x","y"],"any":1.0,"extra":{"n":1,"d":2.0}}`,
  Level: '"MIDDLE"',
  Operation: '"PLUS"',
  Point: '{"class":"com.example.types.Point","x":1,"y":-2}',
  'twice: ArrayList': '[[1,2],"between",[1,2]]',
  'twice: double[]': '[[1.0,2.5],"between",[1.0,2.5]]',
  'twice: HashMap': '[{"a":1},"between",{"a":1}]',
  'twice: Item': `[${item(1)},"between",${item(1)}]`,
  'twice: Level': '["LOW","between","LOW"]',
  'twice: BigDecimal': '[1.5,"between",1.5]',
  'twice: UUID': '["00000000-0000-0001-0000-000000000002","between","00000000-0000-0001-0000-000000000002"]',
  'twice: LocalDate': '["2024-02-29","between","2024-02-29"]',
  'twice: LocalDateTime': '["2024-02-29T01:02","between","2024-02-29T01:02"]',
  'twice: ZonedDateTime': '["2024-02-29T01:02+08:00[Asia/Shanghai]","between","2024-02-29T01:02+08:00[Asia/Shanghai]"]',
  'references behind others':
    '["2024-02-29",1.5,"2024-02-29T01:02","LOW","AQ==",0,"a",["shared"],["shared"],[1],["shared"]]',
  'BigInteger 0': '0',
  'BigInteger -1': '-1',
  'BigInteger 2^31': '2147483648',
  'BigInteger 2^32': '4294967296',
  'BigInteger -2^63': '-9223372036854775808',
  'BigInteger 2^64': '18446744073709551616',
  'BigInteger -2^64': '-18446744073709551616',
  'BigInteger 2^4096': String(2n ** 4096n),
  'BigInteger -10^1000': String(-(10n ** 1000n)),
  UUID: '"12345678-90ab-cdef-fedc-ba0987654321"',
  'Locale zh_CN': '"zh_CN"',
  'Locale root': '""',
  Currency: '"CNY"',
  'Class Item': '"com.example.types.Item"',
  Calendar: '1700000000123',
  AtomicInteger: '-5',
  AtomicLong: '9007199254740993',
  AtomicBoolean: 'true',
  'java.sql.Date': '1700000000123',
  'java.sql.Time': '1700000000123',
  'java.sql.Timestamp': '1700000000123',
  'java.sql.Timestamp before 1970': '-1',
  DayOfWeek: '"FRIDAY"',
  Month: '"FEBRUARY"',
  'exception without frames':
    '{"class":"java.lang.RuntimeException","detailMessage":"no frames","cause":null,"stackTrace":[],"suppressedExceptions":[]}'
}

const names = (...all: string[]): ReadonlySet<string> => new Set(all)

/** Samples that this hessian-lite does not write. */
export const UNWRITABLE: Readonly<Record<'32' | '40', ReadonlySet<string>>> = {
  '32': names('Optional', 'JapaneseDate', 'MinguoDate', 'ThaiBuddhistDate'),
  '40': names('Optional')
}

/**
 * Samples that this hessian-lite cannot read back from its own bytes. 3.2.13 writes `java.util.CollSer` for `List.of` and
 * the like, without the elements; it takes objects for final classes (records) only in part; and it counts a UUID as
 * something that can be referred to when it writes, but not when it reads.
 */
export const UNREADABLE: Readonly<Record<'32' | '40', ReadonlySet<string>>> = {
  '32': names(
    ...['List.of none', 'List.of one', 'List.of two', 'List.of three', 'Set.of none', 'Set.of one'],
    ...['Map.of none', 'Map.of one', 'Point', 'Line', 'list of points', 'twice: UUID', 'LongAdder']
  ),
  '40': names()
}

/** Samples whose value contains itself, or has keys without text: these have no JSON. */
export const WITHOUT_JSON = /^(?:cycle: |exception caused by its cause$|keys of (?:Key|List)$)/

/**
 * Samples that JSON and the declared type together do not make again: a null key has become the text "null"; a class that
 * is more than the declared one is not told; an exponent of ten digits is refused.
 */
export const NOT_MADE_AGAIN: ReadonlySet<string> = names(
  ...['HashMap with null key', 'Base[] of Item', 'Item as Base', 'BigDecimal 1E-2147483647', 'BigDecimal 1E+2147483647']
)

/** Types that say nothing about what is inside. */
export const SAYS_NOTHING = /java\.lang\.Object|^java\.util\.List\[\]$/

/** Types of samples that no JSON can be written as. */
export const NOT_DECLARABLE: readonly string[] = [
  'com.example.types.CheckedException',
  'com.example.types.OrderException',
  'java.io.File',
  'java.lang.StackTraceElement',
  'java.lang.StringBuilder',
  'java.lang.Throwable',
  'java.net.InetAddress',
  'java.net.InetSocketAddress',
  'java.net.URI',
  'java.time.chrono.JapaneseDate',
  'java.time.chrono.MinguoDate',
  'java.time.chrono.ThaiBuddhistDate',
  'java.util.TimeZone',
  'java.util.concurrent.atomic.AtomicReference',
  'java.util.concurrent.atomic.LongAdder'
]

/** PojoUtils cannot set fields of records in any version; in 3.3.6 it does not find a field that hides another. */
export const NOT_REALIZED: Readonly<Record<'32' | '40', ReadonlySet<string>>> = {
  '32': names('Point', 'Line', 'list of points'),
  '40': names('Point', 'Line', 'list of points', 'Shadow')
}
