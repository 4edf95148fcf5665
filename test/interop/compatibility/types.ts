import { parseExact } from '../../peers/exact-json.ts'

/** A declared Java type of TypesService: what the model answers, and what has to arrive. */
export interface TypeRow {
  readonly method: string
  /** The declared type, as the Service document says it. */
  readonly returns: string
  /** What the model answers. */
  readonly json: string
  /** The classes that have to arrive; which List, Set or Map it is does not matter. */
  readonly type: string
  /** The value that has to arrive, as Show.java writes it; the model's JSON itself unless told. */
  readonly value?: unknown
}

const BIG = '9007199254740993'
const LIST = 'java.util.List'
const MAP = 'java.util.Map'
const STRING = 'java.lang.String'
const DOUBLE = 'java.lang.Double'
const ITEM = 'com.example.rank.ItemScore'
const FLOAT_ITEM = 'com.example.rank.FloatItem'

const itemJson = (id: string): string =>
  `{"id":${id},"title":"a😀中","level":"HIGH","score":0.5,"boxedScore":1,"position":3,"fresh":true,"parts":[1,2.5],"detail":{"a":1},"tags":["t"]}`
const ITEM_TYPE =
  'ItemScore{title:String,level:Level,boxedScore:Double,position:Integer,parts:List<Double>,detail:Map<String,Double>,tags:Set<String>}'
const floatItemJson = '{"before":1,"weight":1.5,"after":2.25}'
const floatBasketJson = `{"first":${floatItemJson},"items":[${floatItemJson}]}`

const resultJson = `{"model":"m","requestId":${BIG},"scene":"s","items":[${itemJson('1')},${itemJson(BIG)}],"best":${itemJson('2')},"scores":[1,0.25],"embedding":[1.5,2],"matrix":[[1,2],[3.5,4]],"probabilities":[1,0,0.5],"extra":{"k":1},"byId":{"${BIG}":${itemJson('3')}},"at":1700000000123,"local":"2024-02-29T23:59:58.123456789","cost":0.10,"total":123456789.98765432100,"level":"MIDDLE","levels":["HIGH","LOW"],"ids":[${BIG}],"blob":"AAcO+g==","code":200,"previous":null}`
const RESULT_TYPE = `RankResult{model:String,scene:String,items:List<${ITEM_TYPE}>,best:${ITEM_TYPE},scores:double[],embedding:float[],matrix:double[][]<double[]>,probabilities:List<Double>,extra:Map<String,Integer>,byId:Map<Long,${ITEM_TYPE}>,at:Date,local:LocalDateTime,cost:BigDecimal,total:BigDecimal,level:Level,levels:List<Level>,ids:Set<Long>,blob:byte[],code:Integer}`

const RESULT_VALUE = {
  ...(parseExact(resultJson) as object),
  ...{ at: '2023-11-14T22:13:20.123Z', cost: '0.10', total: '123456789.98765432100' }
}

type Compact = readonly [method: string, returns: string, json: string, type: string, value?: unknown]

const ROWS: readonly Compact[] = [
  ['primitiveInt', 'int', '-300000', 'Integer'],
  ['primitiveLong', 'long', BIG, 'Long'],
  ['primitiveDouble', 'double', '12', 'Double'],
  ['primitiveFloat', 'float', '1.1', 'Float'],
  ['primitiveShort', 'short', '300', 'Short'],
  ['primitiveByte', 'byte', '-5', 'Byte'],
  ['primitiveChar', 'char', '"中"', 'Character'],
  ['primitiveBoolean', 'boolean', 'true', 'Boolean'],
  ['boxedInteger', 'java.lang.Integer', '2147483647', 'Integer'],
  ['boxedLong', 'java.lang.Long', '1', 'Long'],
  ['boxedDouble', DOUBLE, '1', 'Double'],
  ['boxedFloat', 'java.lang.Float', '1.1', 'Float'],
  ['boxedShort', 'java.lang.Short', '300', 'Short'],
  ['boxedByte', 'java.lang.Byte', '-5', 'Byte'],
  ['boxedCharacter', 'java.lang.Character', '"x"', 'Character'],
  ['boxedBoolean', 'java.lang.Boolean', 'false', 'Boolean'],
  ['string', STRING, '"a😀中\\u0000é"', 'String'],
  ['object', 'java.lang.Object', '{"a":1,"b":[1.5,"x"],"c":null}', 'Map<String,List<Double|String>|Integer|null>'],
  ['object', 'java.lang.Object', '["x",null]', 'List<String|null>'],
  ['date', 'java.util.Date', '1700000000123', 'Date', '2023-11-14T22:13:20.123Z'],
  ['localDate', 'java.time.LocalDate', '"2024-02-29"', 'LocalDate'],
  ['localTime', 'java.time.LocalTime', '"23:59:58.000000001"', 'LocalTime'],
  ['localDateTime', 'java.time.LocalDateTime', '"2024-02-29T23:59:58.123456789"', 'LocalDateTime'],
  ['instant', 'java.time.Instant', '"2023-11-14T22:13:20.000000123Z"', 'Instant'],
  ['sqlTimestamp', 'java.sql.Timestamp', '1700000000123', 'Timestamp', '2023-11-14T22:13:20.123Z'],
  ['bigDecimal', 'java.math.BigDecimal', '123456789012345678.123450', 'BigDecimal', '123456789012345678.123450'],
  [
    'bigInteger',
    'java.math.BigInteger',
    '-123456789012345678901234567890',
    'BigInteger',
    '-123456789012345678901234567890'
  ],
  ['uuid', 'java.util.UUID', '"00000000-0000-0001-8000-000000000002"', 'UUID'],
  ['level', 'com.example.rank.Level', '"MIDDLE"', 'Level'],
  ['bytes', 'byte[]', '"AAcO+g=="', 'byte[]'],
  ['ints', 'int[]', '[1,-1,300000]', 'int[]'],
  ['longs', 'long[]', `[1,${BIG}]`, 'long[]'],
  ['floats', 'float[]', '[1.5,2]', 'float[]'],
  ['doubles', 'double[]', '[1,0.25,1e300]', 'double[]'],
  ['matrix', 'double[][]', '[[1,2],[],[3.5]]', 'double[][]<double[]>'],
  ['booleans', 'boolean[]', '[true,false]', 'boolean[]'],
  ['strings', 'java.lang.String[]', '["a",null,"é"]', 'String[]<String>'],
  ['boxedDoubles', 'java.lang.Double[]', '[1,null,0.5]', 'Double[]<Double>'],
  ['levels', 'com.example.rank.Level[]', '["LOW","MIDDLE"]', 'Level[]<Level>'],
  ['listOfDouble', `${LIST}<${DOUBLE}>`, '[1,0.25,12.25]', 'List<Double>'],
  ['listOfDouble', `${LIST}<${DOUBLE}>`, '[null,1]', 'List<Double|null>'],
  ['listOfFloat', `${LIST}<java.lang.Float>`, '[1.5,2]', 'List<Float>'],
  ['listOfLong', `${LIST}<java.lang.Long>`, `[1,${BIG}]`, 'List<Long>'],
  ['listOfInteger', `${LIST}<java.lang.Integer>`, '[1,-300000]', 'List<Integer>'],
  ['listOfString', `${LIST}<${STRING}>`, '["a","中"]', 'List<String>'],
  ['listOfDate', `${LIST}<java.util.Date>`, '[1700000000123]', 'List<Date>', ['2023-11-14T22:13:20.123Z']],
  ['listOfLevel', `${LIST}<com.example.rank.Level>`, '["LOW","MIDDLE"]', 'List<Level>'],
  ['listOfBigDecimal', `${LIST}<java.math.BigDecimal>`, '[1.50,2]', 'List<BigDecimal>', ['1.50', '2']],
  ['listOfList', `${LIST}<${LIST}<${DOUBLE}>>`, '[[1,2.5],[]]', 'List<List<>|List<Double>>'],
  ['listOfDoubles', `${LIST}<double[]>`, '[[1,2.5],[3]]', 'List<double[]>'],
  [
    'listOfMap',
    `${LIST}<${MAP}<${STRING}, java.lang.Object>>`,
    '[{"a":1,"b":"x"}]',
    'List<Map<String,Integer|String>>'
  ],
  ['setOfString', `java.util.Set<${STRING}>`, '["a","b"]', 'Set<String>'],
  ['setOfLong', 'java.util.Set<java.lang.Long>', `[1,${BIG}]`, 'Set<Long>'],
  ['collectionOfDouble', `java.util.Collection<${DOUBLE}>`, '[1,2.5]', 'List<Double>'],
  ['mapOfObject', `${MAP}<${STRING}, java.lang.Object>`, '{"a":1,"b":1.5,"c":null}', 'Map<String,Double|Integer|null>'],
  ['mapOfDouble', `${MAP}<${STRING}, ${DOUBLE}>`, '{"a":1,"b":0.5}', 'Map<String,Double>'],
  ['mapByLong', `${MAP}<java.lang.Long, ${STRING}>`, `{"${BIG}":"big","1":"one"}`, 'Map<Long,String>'],
  ['mapByLevel', `${MAP}<com.example.rank.Level, ${DOUBLE}>`, '{"HIGH":1}', 'Map<Level,Double>'],
  ['mapOfList', `${MAP}<${STRING}, ${LIST}<${DOUBLE}>>`, '{"a":[1]}', 'Map<String,List<Double>>'],
  ['mapOfItem', `${MAP}<${STRING}, ${ITEM}>`, `{"a":${itemJson('1')}}`, `Map<String,${ITEM_TYPE}>`],
  ['item', ITEM, itemJson(BIG), ITEM_TYPE],
  ['baseItem', 'com.example.rank.BaseItem', '{"id":1,"title":"t","level":"LOW"}', 'BaseItem{title:String,level:Level}'],
  ['listOfItem', `${LIST}<${ITEM}>`, `[${itemJson('1')},${itemJson('2')}]`, `List<${ITEM_TYPE}>`],
  ['items', `${ITEM}[]`, `[${itemJson('1')}]`, `ItemScore[]<${ITEM_TYPE}>`],
  ['result', 'com.example.rank.RankResult', resultJson, RESULT_TYPE, RESULT_VALUE],
  ['floatItem', FLOAT_ITEM, floatItemJson, 'FloatItem{}'],
  ['listOfFloatItem', `${LIST}<${FLOAT_ITEM}>`, `[${floatItemJson},${floatItemJson}]`, 'List<FloatItem{}>'],
  [
    'floatBasket',
    'com.example.rank.FloatBasket',
    floatBasketJson,
    'FloatBasket{first:FloatItem{},items:List<FloatItem{}>}'
  ],
  ['nothing', 'void', '{"ignored":true}', 'null', null]
]

/** Every type of the matrix, in the order of the page. */
export const TYPE_ROWS: readonly TypeRow[] = ROWS.map(([method, returns, json, type, ...value]) => ({
  ...{ method, returns, json, type },
  value: value.length === 0 ? parseExact(json) : value[0]
}))

/** Where a method has two rows, the second is the one with a null inside. */
const isSecond = (row: TypeRow): boolean => TYPE_ROWS.find(({ method }) => method === row.method) !== row

/** `List<Double>`: as Java source that imports everything writes it. */
export const labelOf = (row: TypeRow): string =>
  `\`${row.returns.replace(/\b(?:[a-z]+\.)+(?=[A-Z])/g, '')}\`${isSecond(row) ? ', a null inside' : ''}`
