import { type AnswerForm, AnswerSteps, type HessianWriter, type JavaType } from '#lib/hessian2'
import { type JsonReader, LargeOutline } from '#lib/json'
import { checkLargeReply, type ModelProtocol } from '#lib/model-protocols'
import type { UpstreamReply } from '#lib/upstream'
import type { Slices } from './turns.ts'

/**
 * Answers of models and hooks beyond LARGE_BODY_BYTES are checked and written in slices, as large requests are. In each of them
 * about so many bytes of JSON are treated: written as Hessian, they take a few tenths of a millisecond, whatever they hold.
 */
export const ANSWER_SLICE_BYTES = 4096

/** `checkAnswer` of a large answer; gives what it found out on the way. */
export function* checkLargeAnswer(
  protocol: ModelProtocol,
  { status, contentType, body }: UpstreamReply
): Slices<LargeOutline> {
  const outline = new LargeOutline(body)
  yield* checkLargeReply(protocol, status, contentType, outline, ANSWER_SLICE_BYTES)
  return outline
}

/** What a post hook returned is bytes where lists were put into it. */
export const bytesOf = (text: string | Buffer): Buffer => (typeof text === 'string' ? Buffer.from(text) : text)

/** The outline of a long JSON text. */
export function* outlineOf(text: string | Buffer): Slices<LargeOutline> {
  const outline = new LargeOutline(bytesOf(text))
  while (!outline.walk(ANSWER_SLICE_BYTES)) yield
  return outline
}

/** Writes the value that the reader stands on. */
export function* writeLargeAnswer(
  outline: LargeOutline,
  reader: JsonReader,
  type: JavaType,
  writer: HessianWriter,
  form: AnswerForm
): Slices<void> {
  const steps = new AnswerSteps(outline, reader, type, writer, form)
  while (!steps.step(ANSWER_SLICE_BYTES)) yield
}
