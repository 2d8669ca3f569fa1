// The static site: docs/ as pages, with a search in the reader's browser. It loads nothing from elsewhere and counts nobody.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const src = join(fileURLToPath(new URL('.', import.meta.url)), '..')
const title = (page) => readFileSync(join(src, page), 'utf8').match(/^# (.*)$/m)[1].replaceAll('`', '')
const item = (page) => ({ text: title(page), link: `/${page.replace(/\.md$/, '').replace(/README$/, '')}` })
const list = (dir) => readdirSync(join(src, dir)).filter((f) => f.endsWith('.md')).sort().map((f) => `${dir}/${f}`)
const group = (text, pages, collapsed = true) => ({ text, collapsed, items: pages.map(item) })

const reference = ['settings', 'server', 'cli', 'metrics', 'definitions'].map((p) => `docs/${p}.md`)
const contributors = ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/rooms.md', 'docs/fakehub.md', 'docs/benchmarks.md', 'docs/field.md', 'docs/evals.md']
const manual = list('docs').filter((p) => ![...reference, ...contributors, 'docs/README.md'].includes(p))
const rules = list('docs/rules')

export default {
  title: 'Lintel',
  description: 'Reviews pull requests by rules, and blocks the merge until they pass.',
  base: process.env.SITE_BASE || '/',
  cleanUrls: false,
  lang: 'en',
  ignoreDeadLinks: false,
  rewrites: { 'README.md': 'index.md', 'docs/README.md': 'docs/index.md', 'docs/rules/README.md': 'docs/rules/index.md', 'docs/adr/README.md': 'docs/adr/index.md' },
  markdown: {
    html: false,
    // Anchors are those that GitHub gives, since the pages are read there too.
    anchor: { slugify: (s) => s.trim().toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-') },
    // Two braces in prose are text, not a template of Vue's.
    config: (md) => {
      for (const rule of ['text', 'code_inline']) {
        const render = md.renderer.rules[rule]
        md.renderer.rules[rule] = (...args) => render.apply(md.renderer.rules, args).replaceAll('{{', '&#123;&#123;')
      }
    },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  vite: { build: { chunkSizeWarningLimit: 4000 } },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Install', link: '/docs/guides/install' },
      { text: 'First hour', link: '/docs/guides/first-hour' },
      { text: 'Rules', link: '/docs/rules/' },
      { text: 'All pages', link: '/docs/' },
    ],
    sidebar: [
      group('Guides', list('docs/guides'), false),
      group('Manual', manual),
      group('Reference', reference),
      group('Rules', rules),
      group('Contributing', contributors),
      { text: 'More', collapsed: true, items: ['SECURITY.md', 'CHANGELOG.md', 'docs/adr/README.md'].map(item) },
    ],
    socialLinks: [{ icon: 'github', link: 'https://github.com/lintel-review/lintel' }],
    footer: { message: 'Apache License 2.0. This site loads nothing from elsewhere and counts nobody.' },
  },
}
