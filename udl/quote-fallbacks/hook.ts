/**
 * Example hook: whatever the model says, the caller gets a price that can be shown, and is told where it comes from.
 *
 *     Quote quote(String sku, BigDecimal listPrice) throws NoPriceException
 *     // Quote { String sku; BigDecimal price; String source; Date quotedAt; }   NoPriceException { String sku; }
 *
 * The model's own price; where that is none or out of bounds, the list price; where there is none either, the exception
 * that the method declares. A model that fails outright never comes here: that is what the Java side's own default is for.
 */
import type { Call, DeclaredException, Reply, Request, Sample } from 'abox/udl'

type Args = [sku: string, listPrice: number | null]

/** The service has answered in two shapes since last spring. */
interface Body {
  price?: number | null
  quotes?: { price?: number | null }[]
}

interface Quote {
  sku: string
  price: string
  source: 'model' | 'list'
  quotedAt: number
}

/** How far a model's price may be from the list price, as a part of it. */
const BOUNDS = 0.5

export function pre(call: Call<Args>): Request {
  const [sku, listPrice] = call.args
  return { body: { sku, listPrice, day: Math.floor(call.at / 86_400_000) } }
}

export function post(reply: Reply<Body | null>, call: Call<Args>): Quote | DeclaredException {
  const [sku, listPrice] = call.args
  const modelled = reply.body?.quotes?.[0]?.price ?? reply.body?.price
  if (isPrice(modelled) && (!isPrice(listPrice) || Math.abs(modelled - listPrice) <= listPrice * BOUNDS)) {
    return { sku, price: money(modelled), source: 'model', quotedAt: call.at }
  }
  if (isPrice(listPrice)) {
    console.log(`${sku}: found the price ${modelled}, taken ${listPrice}`)
    return { sku, price: money(listPrice), source: 'list', quotedAt: call.at }
  }
  return { $exception: { class: 'com.example.price.NoPriceException', message: `no price of ${sku}`, fields: { sku } } }
}

/** Not null, not NaN, not Infinity, not free. */
function isPrice(value: number | null | undefined): value is number {
  return typeof value === 'number' && value > 0 && value < Infinity
}

/** A BigDecimal with two digits behind the point, rounded as the shop's own code does; as text, so that 12.50 stays 12.50. */
function money(value: number): string {
  return udl.round(value, 2, 'HALF_EVEN').toFixed(2)
}

const call = (sku: string, listPrice: number | null): Partial<Call> => ({
  args: [sku, listPrice],
  at: 1_700_000_000_123
})

export const samples: Sample[] = [
  {
    name: "the model's price, rounded half to even",
    call: call('a-1', 12),
    expectRequest: { sku: 'a-1', listPrice: 12, day: 19675 },
    reply: { body: { quotes: [{ price: 12.505 }, { price: 1 }] } },
    expect: { sku: 'a-1', price: '12.50', source: 'model', quotedAt: 1_700_000_000_123 }
  },
  {
    name: 'the older shape of the answer, and no list price to compare with',
    call: call('a-1', null),
    reply: { body: { price: 9 } },
    expect: { sku: 'a-1', price: '9.00', source: 'model', quotedAt: 1_700_000_000_123 }
  },
  {
    name: 'NaN is no price',
    call: call('a-1', 12),
    reply: { body: { quotes: [{ price: NaN }] } },
    expect: { sku: 'a-1', price: '12.00', source: 'list', quotedAt: 1_700_000_000_123 }
  },
  {
    name: 'a price far from the list price is a mistake',
    call: call('a-1', 12),
    reply: { body: { price: 1200 } },
    expect: { sku: 'a-1', price: '12.00', source: 'list', quotedAt: 1_700_000_000_123 }
  },
  {
    name: 'an answer of another shape',
    call: call('a-1', 12),
    reply: { body: { quotes: [] } },
    expect: { sku: 'a-1', price: '12.00', source: 'list', quotedAt: 1_700_000_000_123 }
  },
  {
    name: 'no price at all is the exception of the method',
    call: call('a-2', null),
    reply: { body: null },
    expect: {
      $exception: { class: 'com.example.price.NoPriceException', message: 'no price of a-2', fields: { sku: 'a-2' } }
    }
  }
]
