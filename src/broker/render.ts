import Handlebars from 'handlebars'
import { BednetError } from '../error.js'

/** The text of every template, by the name of its file without `.hbs`. */
export interface Templates {
  readonly 'broker.conf': string
  readonly 'listener.conf': string
  readonly acl: string
  readonly 'device.md': string
}

export const templateNames = ['broker.conf', 'listener.conf', 'acl', 'device.md'] as const

/** Fills one template; a name that it does not know is an error, not an empty string. */
export function render(templates: Templates, name: keyof Templates, values: object): string {
  return renderer(templates, name)(values)
}

/** The same for many values: to compile a template takes far longer than to fill it. */
export function renderer(templates: Templates, name: keyof Templates): (values: object) => string {
  const handlebars = Handlebars.create()
  handlebars.registerPartial('listener', templates['listener.conf'])
  const fill = handlebars.compile(templates[name], { strict: true, noEscape: true })
  return values => {
    refuseControlCharacters(values, name)
    try {
      return fill(values)
    } catch (cause) {
      throw new BednetError('TEMPLATE_INVALID', `template "${name}.hbs" cannot be filled`, {
        at: `${name}.hbs`,
        hint: cause instanceof Error ? cause.message : 'compare it with the template of bednet',
        cause,
      })
    }
  }
}

/** The profile has refused these already; no other way may smuggle a line into a configuration. */
function refuseControlCharacters(value: unknown, name: string): void {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (typeof value === 'string' && /[\u0000-\u001f\u007f]/.test(value)) {
    throw new BednetError('TEMPLATE_INVALID', `a value for "${name}.hbs" has a control character`, {
      at: `${name}.hbs`,
      hint: 'names, topics and paths must be one line of printable characters',
    })
  }
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) refuseControlCharacters(inner, name)
  }
}
