/** The API's description: the OpenAPI document, and the same as a page that needs no scripts. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { html } from 'hono/html'
import { version } from '@/package.json'
import { type AdminEnv, createRouter } from './router'

type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>
type Operation = NonNullable<NonNullable<Document['paths']>[string]['get']>
type Schema = {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  description?: string
  default?: unknown
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const

export function documentationRoutes(app: OpenAPIHono<AdminEnv>) {
  let known: Document | undefined
  const document = () => {
    known ??= describe(app)
    return known
  }
  const router = createRouter()
  router.get('/openapi.json', (c) => c.json(document()))
  router.get('/docs', (c) => c.html(page(document())))
  router.get('/docs.css', (c) => c.body(styles, 200, { 'content-type': 'text/css; charset=utf-8' }))
  return router
}

/** What all operations share is added once: authorisation and the form of errors. */
function describe(app: OpenAPIHono<AdminEnv>): Document {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'AKCP admin API',
      version,
      description:
        'Send Authorization: Bearer with the admin token. Bodies are JSON; unknown fields are refused. PATCH replaces each field it names and null puts it back to its default; DELETE archives.',
    },
    security: [{ bearer: [] }],
  })
  const schemas = { ...document.components?.schemas, Error: errorSchema }
  document.components = {
    ...document.components,
    schemas,
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
  }
  for (const [, , operation] of operations(document)) {
    operation.responses = {
      ...operation.responses,
      default: {
        description: 'Any error',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    }
  }
  return document
}

const errorSchema: NonNullable<NonNullable<Document['components']>['schemas']>[string] = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        message: { type: 'string' },
        type: { type: 'string' },
        code: { type: 'string' },
        param: { type: ['string', 'null'], description: 'The field that is meant' },
        request_id: { type: ['string', 'null'] },
        request_url: { type: ['string', 'null'] },
        hint: { type: 'string', description: 'What to do' },
      },
      required: ['message', 'type', 'code', 'param', 'request_id', 'request_url', 'hint'],
    },
  },
  required: ['error'],
}

function operations(document: Document): [method: string, path: string, operation: Operation][] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method): [string, string, Operation][] => {
      const operation = item[method]
      return operation ? [[method, path, operation]] : []
    }),
  )
}

function page(document: Document) {
  const tags = [...new Set(operations(document).map(([, , { tags }]) => tags?.[0] ?? ''))]
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${document.info.title}</title>
<link rel="stylesheet" href="/api/admin/docs.css">
</head>
<body>
<h1>${document.info.title} ${document.info.version}</h1>
<p>${document.info.description} <a href="/api/admin/openapi.json">OpenAPI document</a></p>
<nav>${tags.map((tag) => html`<a href="#${anchor(tag)}">${tag}</a> `)}</nav>
<main>${tags.map((tag) => section(document, tag))}</main>
</body>
</html>`
}

function section(document: Document, tag: string) {
  const own = operations(document).filter(([, , operation]) => operation.tags?.[0] === tag)
  return html`<h2 id="${anchor(tag)}">${tag}</h2>
${own.map(
  ([method, path, operation]) => html`<article>
<h3><code>${method.toUpperCase()} ${path}</code> ${operation.summary}</h3>
${operation.description ? html`<p>${operation.description}</p>` : ''}
${fieldTable('Parameters', parameterFields(operation))}
${fieldTable('Body', schemaFields(document, bodySchema(operation)))}
${Object.entries(operation.responses ?? {})
  .filter(([status]) => status !== 'default')
  .map(
    ([status, response]) => html`<p><b>${status}</b> ${response.description}</p>
${fieldTable('Answer', schemaFields(document, response.content?.['application/json']?.schema))}`,
  )}
</article>`,
)}`
}

type Field = { name: string; type: string; required: boolean; description: string }

function fieldTable(title: string, fields: Field[]) {
  if (fields.length === 0) return ''
  return html`<table>
<caption>${title}</caption>
<tbody>${fields.map(
    (field) => html`<tr><th scope="row"><code>${field.name}</code></th>
<td>${field.type}</td><td>${field.required ? 'required' : ''}</td><td>${field.description}</td></tr>
`,
  )}</tbody>
</table>`
}

function parameterFields(operation: Operation): Field[] {
  return (operation.parameters ?? []).flatMap((parameter) => {
    if ('$ref' in parameter) return []
    const schema = (parameter.schema ?? {}) as Schema
    return [
      {
        name: parameter.name,
        type: typeText(schema),
        required: parameter.required === true,
        description: parameter.description ?? schema.description ?? '',
      },
    ]
  })
}

function bodySchema(operation: Operation): Schema | undefined {
  const { requestBody } = operation
  if (!requestBody || '$ref' in requestBody) return undefined
  return requestBody.content['application/json']?.schema as Schema | undefined
}

function schemaFields(document: Document, schema: object | undefined): Field[] {
  const resolved = resolve(document, schema as Schema | undefined)
  return Object.entries(resolved?.properties ?? {}).map(([name, field]) => ({
    name,
    type: typeText(field),
    required: resolved?.required?.includes(name) ?? false,
    description: [
      field.description,
      field.default === undefined ? undefined : `default ${JSON.stringify(field.default)}`,
    ]
      .filter(Boolean)
      .join('; '),
  }))
}

function resolve(document: Document, schema: Schema | undefined): Schema | undefined {
  const name = schema?.$ref?.split('/').at(-1)
  return name ? (document.components?.schemas?.[name] as Schema | undefined) : schema
}

function typeText(schema: Schema): string {
  if (schema.$ref) return schema.$ref.split('/').at(-1) ?? ''
  if (schema.enum) return schema.enum.map(String).join(' | ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  const options = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (options) return [...new Set(options.map(typeText))].join(' | ')
  if (schema.items) return `list of ${typeText(schema.items)}`
  if (schema.properties) return `{${Object.keys(schema.properties).join(', ')}}`
  return [schema.type ?? 'any'].flat().join(' | ')
}

function anchor(tag: string): string {
  return tag.replaceAll(' ', '-')
}

const styles = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1rem }
nav a { margin-right: .5rem }
article { border-top: 1px solid #8884; padding: .5rem 0 }
h3 { font-size: 1rem; font-weight: 400 }
h3 code { font-weight: 600 }
table { border-collapse: collapse; width: 100%; font-size: .875rem }
caption { text-align: left; font-weight: 600 }
th, td { text-align: left; vertical-align: top; padding: .125rem .75rem .125rem 0; overflow-wrap: anywhere }
`
