import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import type { Mistake } from '../error.js'
import type { Path } from './issues.js'
import { type Refusal, show } from './refusal.js'
import { explainSyntax } from './syntax.js'

/** A place in the profile, or in a CSV file that a place of the profile names. */
export interface Place {
  /** `file:line:column`, both counted from 1. */
  readonly at: string
  /** Sorts places into file order: offset in the profile, then line and column in the CSV file. */
  readonly order: readonly [number, number, number]
}

/** Something wrong, and where. */
export interface Fault extends Refusal {
  readonly place: Place
}

/** Sorts into file order what has a place. */
export function byPlace(a: { readonly place: Place }, b: { readonly place: Place }): number {
  const [offset, line, column] = a.place.order.map((part, i) => part - (b.place.order[i] ?? 0))
  return offset || line || column || 0
}

/** Where a value, or the key it stands under, was written; through anchors, where they are. */
export type Locate = (path: Path, target: 'key' | 'value') => Place

/** A parsed profile: plain values, and where each was written. */
export interface ProfileDocument {
  readonly content: unknown
  readonly place: Locate
}

/** Parses a profile's YAML, or tells all that keeps it from being read, in file order. */
export function parseDocument(path: string, text: string): ProfileDocument | readonly Mistake[] {
  const lines = new LineCounter()
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { at: `${path}:${String(line)}:${String(col)}`, order: [offset, 0, 0] }
  }
  const { documents, refused } = compose(text, lines)
  const tree = emptyTree(refused)
  const { value } = read(tree, documents[0]?.contents)
  if (tree.refused.length === 0) {
    return {
      content: value,
      place: (steps, target) => place(locate(tree, value, { steps, target })),
    }
  }
  return tree.refused
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, words }) => ({ at: place(offset).at, ...words(at => place(at).at) }))
}

interface Refused {
  readonly offset: number
  /** Lines are known only when all is parsed, so words about another place wait for it. */
  readonly words: (at: (offset: number) => string) => Refusal
}

interface Composed {
  readonly documents: readonly Document.Parsed[]
  readonly refused: readonly Refused[]
}

function compose(text: string, lines: LineCounter): Composed {
  const tokens = tokenize(text, lines)
  if (!Array.isArray(tokens)) return { documents: [], refused: [tokens] }
  const composer = new Composer({ uniqueKeys: false })
  const documents = [...composer.compose(tokens, true, text.length)]
  const refused = documents.flatMap(({ errors, warnings }) =>
    [...errors, ...warnings].map(({ pos, code }) => ({
      offset: pos[0],
      words: () => explainSyntax(code),
    })),
  )
  const [, second] = documents
  if (second) refused.push({ offset: second.range[0], words: () => explainSyntax('MULTIPLE_DOCS') })
  return { documents, refused: firstOfEachLine(refused, lines) }
}

/** One broken character can yield several errors in a row; the first tells what to mend. */
function firstOfEachLine(refused: readonly Refused[], lines: LineCounter): readonly Refused[] {
  const seen = new Set<number>()
  return refused.filter(({ offset }) => {
    const { line } = lines.linePos(offset)
    return !seen.has(line) && seen.add(line)
  })
}

// The composer calls itself for each level, and a deep file would end the process, not the call.
const deepest = 100

function tokenize(text: string, lines: LineCounter): CST.Token[] | Refused {
  lines.addNewLine(0)
  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme))
    if (parser.stack.length > deepest) return { offset: parser.offset, words: () => tooDeep }
  }
  return [...tokens, ...parser.end()]
}

/** An entry of a map or a list, and the offsets where its key and its value were written. */
interface Slot {
  readonly content: unknown
  readonly key: number
  readonly value: number
}

/** What reading leaves behind. `slots` has one map for each map and list that was read. */
interface Tree {
  readonly refused: Refused[]
  readonly slots: Map<unknown, ReadonlyMap<string | number, Slot>>
  /** By name; undefined while what it stands for is still being read. */
  readonly anchors: Map<string, Read | undefined>
  /** Nodes once every alias is written out. */
  nodes: number
  isTooLarge: boolean
}

function emptyTree(refused: readonly Refused[]): Tree {
  return {
    refused: [...refused],
    slots: new Map(),
    anchors: new Map(),
    nodes: 0,
    isTooLarge: false,
  }
}

interface Read {
  readonly value: unknown
  readonly nodes: number
}

function read(tree: Tree, node: unknown): Read {
  if (!isNode(node)) return { value: null, nodes: 1 }
  const before = tree.nodes++
  const anchor = isAlias(node) ? undefined : node.anchor
  if (anchor !== undefined) tree.anchors.set(anchor, undefined)
  const value = readValue(tree, node)
  const done = { value, nodes: tree.nodes - before }
  if (anchor !== undefined) tree.anchors.set(anchor, done)
  return done
}

function readValue(tree: Tree, node: Node): unknown {
  if (isMap(node)) return readMap(tree, node)
  if (isSeq(node)) return readList(tree, node)
  if (isScalar(node)) return node.value
  return readAlias(tree, node.source, offsetOf(node))
}

// A few lines of aliases of aliases can stand for more than any machine holds (a "billion laughs").
const mostNodes = 2_000_000

function readAlias(tree: Tree, name: string, offset: number): unknown {
  const target = tree.anchors.get(name)
  if (target && tree.nodes + target.nodes <= mostNodes) {
    tree.nodes += target.nodes
    return target.value
  }
  const refusal = target ? tooMuch(name) : noAnchor(name, tree.anchors.has(name))
  if (!tree.isTooLarge) tree.refused.push({ offset, words: () => refusal })
  // What comes after the first alias too many is more of the same.
  if (target) tree.isTooLarge = true
  return null
}

function readList(tree: Tree, { items }: YAMLSeq): unknown {
  const slots = items.map(item => slotOf(item, item, read(tree, item).value))
  const list = slots.map(({ content }) => content)
  tree.slots.set(list, new Map(slots.entries()))
  return list
}

function readMap(tree: Tree, { items }: YAMLMap): unknown {
  const slots = new Map<string, Slot>()
  for (const { key, value } of items) {
    const name = readKey(tree, key, slots)
    const slot = slotOf(key, value, read(tree, value).value)
    if (name !== undefined && !slots.has(name)) slots.set(name, slot)
  }
  mergeInto(tree, slots)
  // Not an assignment for each key: "__proto__" is a key like any other here.
  const map: unknown = Object.fromEntries([...slots].map(([name, { content }]) => [name, content]))
  tree.slots.set(map, slots)
  return map
}

/** The key's text, or undefined where it is refused: for its kind, or because it is there already. */
function readKey(tree: Tree, key: unknown, slots: ReadonlyMap<string, Slot>): string | undefined {
  const offset = offsetOf(key)
  const written = isScalar(key) ? key.value : undefined
  if (typeof written !== 'string' && typeof written !== 'number' && typeof written !== 'boolean') {
    tree.refused.push({ offset, words: () => noKey })
    return undefined
  }
  const name = String(written)
  const first = slots.get(name)
  if (!first) return name
  tree.refused.push({ offset, words: at => twice(name, at(first.key)) })
  return undefined
}

/** `<<: *anchor` brings in what the map does not say itself; of several anchors the first counts. */
function mergeInto(tree: Tree, slots: Map<string, Slot>): void {
  const merged = slots.get('<<')
  const sources = [merged?.content].flat().map(source => tree.slots.get(source))
  if (!merged || sources.some(source => source === undefined)) return
  slots.delete('<<')
  for (const [name, slot] of sources.flatMap(source => [...(source ?? [])])) {
    if (typeof name === 'string' && !slots.has(name)) slots.set(name, slot)
  }
}

function slotOf(key: unknown, value: unknown, content: unknown): Slot {
  const [start, end] = (isNode(value) ? value.range : undefined) ?? [0, 0]
  // An empty value lies behind the colon, often on the next line; its key is where to look.
  return { content, key: offsetOf(key), value: start === end ? offsetOf(key) : start }
}

function offsetOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0
}

interface Search {
  readonly steps: Path
  readonly target: 'key' | 'value'
}

/** The offset of the deepest step that was written: what is missing is looked for in its map. */
function locate(tree: Tree, content: unknown, { steps, target }: Search): number {
  let slot: Slot = { content, key: 0, value: 0 }
  for (const step of steps) {
    const found = tree.slots.get(slot.content)?.get(step)
    if (!found) break
    slot = found
  }
  return slot[target]
}

const tooDeep: Refusal = {
  message: 'this is nested too deeply',
  hint: `a profile has a handful of levels; ${String(deepest)} are read`,
}

const noKey: Refusal = {
  message: 'a key that is not plain text',
  hint: 'write "key: value"; a text that begins with [, { or * needs quotes',
}

function tooMuch(alias: string): Refusal {
  return {
    message: `alias ${show(alias)} makes the profile too large`,
    hint: `written out, a profile may have ${mostNodes.toLocaleString('en')} values; use a range or a CSV file`,
  }
}

function noAnchor(alias: string, isInside: boolean): Refusal {
  return {
    message: `alias ${show(alias)} has no anchor ${isInside ? 'but the one it is in' : 'before it'}`,
    hint: `write "&${alias}" where the value is first, or put the text in quotes`,
  }
}

function twice(key: string, first: string): Refusal {
  return {
    message: `key ${show(key)} was given already at ${first}`,
    hint: 'keep one of the two; YAML has no say which one counts',
  }
}
