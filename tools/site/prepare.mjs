// Copies the pages that people read into a folder for the generator, in the repository's own layout, so that links between them stay as they are.
// A link to a file that is no page leads to the repository. A link to nothing ends the build: prepare.mjs ROOT TO
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'

const [root, to] = process.argv.slice(2)
const home = 'https://github.com/lintel-review/lintel'
const top = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md']

const walk = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? walk(join(dir, e.name)) : [join(dir, e.name)]))
const pages = [...top, ...walk(join(root, 'docs')).map((f) => relative(root, f)).filter((f) => f.endsWith('.md'))]

const broken = []
const rewritten = (page) => (whole, target) => {
  if (/^[a-z]+:|^#/.test(target)) return whole
  const [path, anchor] = target.split('#')
  const file = posix.normalize(posix.join(posix.dirname(page), path))
  const full = join(root, file)
  const hash = anchor ? `#${anchor}` : ''
  if (!existsSync(full)) {
    broken.push(`${page}: ${target}`)
    return whole
  }
  if (statSync(full).isDirectory()) {
    const index = posix.join(file, 'README.md')
    if (pages.includes(index)) return `](/${index}${hash})`
    return `](${home}/tree/main/${file})`
  }
  if (file.endsWith('.png')) return whole
  return pages.includes(file) ? `](/${file}${hash})` : `](${home}/blob/main/${file}${hash})`
}

rmSync(to, { recursive: true, force: true })
for (const page of pages) {
  const fences = readFileSync(join(root, page), 'utf8').split(/(^```[\s\S]*?^```$)/m)
  const text = fences
    .map((part) => (part.startsWith('```') ? part.replace(/^```(good|bad|caddyfile|txtar|rego)\b.*/, '```text') : part.replace(/<!--[\s\S]*?-->\n?/g, '').replace(/\]\(([^()\s]+)\)/g, rewritten(page))))
    .join('')
  mkdirSync(dirname(join(to, page)), { recursive: true })
  writeFileSync(join(to, page), text)
}
cpSync(join(root, 'docs/images'), join(to, 'docs/images'), { recursive: true })
if (broken.length) {
  console.error(`site: links to nothing:\n${broken.join('\n')}`)
  process.exit(1)
}
