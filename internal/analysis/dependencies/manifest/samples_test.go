package manifest

// samples are in the order of identify.go.
var samples = []struct {
	path, content string
	want          []string
}{
	{"go.mod", `module example.org/shop

go 1.26

require (
	example.org/a v1.2.0
	example.org/b v0.1.0 // indirect
	example.org/c v1.0.0
	example.org/d v1.0.0
)

replace example.org/c => ../c

replace example.org/d v1.0.0 => example.net/fork v1.1.0

exclude example.org/a v1.1.0

retract v0.9.0

toolchain go1.26.8

tool example.org/a/cmd/gen
`, []string{
		"example.org/a@v1.2.0, direct, line 6",
		"example.org/b@v0.1.0, line 7",
		"example.org/c@v1.0.0, direct, path, ../c, line 12",
		"example.org/d@v1.1.0, direct, wants v1.0.0, fork, example.net/fork, at example.net, line 14",
	}},
	{"go.sum", "example.org/a v1.2.0 h1:abc=\nexample.org/a v1.2.0/go.mod h1:def=\n", []string{
		"example.org/a@v1.2.0, map[h1:abc=], line 1",
		"example.org/a@v1.2.0, map[h1 of go.mod:def=], line 2",
	}},
	{"go.work", "go 1.26.0\n\nuse ./a\n\nreplace example.org/x v1.0.0 => example.net/fork v1.1.0\nreplace example.org/y => ./y\n" +
		"replace example.org/z => example.org/z v1.2.0\n", []string{
		"example.org/x@v1.1.0, fork, example.net/fork, at example.net, line 5",
		"example.org/y@, path, ./y, line 6",
		"example.org/z@v1.2.0, line 7",
	}},
	{"go.work.sum", "example.org/a v1.2.0 h1:abc=\n", []string{"example.org/a@v1.2.0, map[h1:abc=], line 1"}},
	{"package.json", `{
  "name": "shop",
  "dependencies": {
    "react": "^18.2.0",
    "left": "github:acme/left#main",
    "pad": "git+ssh://git@git.example.org/pad.git",
    "own": "workspace:*",
    "alias": "npm:real@1.0.0",
    "tar": "https://user:pw@files.example.org/tar.tgz?x=1",
    "local": "file:../local"
  },
  "devDependencies": {"vite": "5.0.0"},
  "peerDependencies": {"vue": ">=3"}
}`, []string{
		"react@, direct, wants ^18.2.0, line 4",
		"left@, direct, wants github:acme/left#main, git, https://github.com/acme/left, at github.com, line 5",
		"pad@, direct, wants git+ssh://git@git.example.org/pad.git, git, git+ssh://git.example.org/pad.git, at git.example.org, line 6",
		"own@, direct, wants workspace:*, workspace, line 7",
		"real@, direct, wants 1.0.0, line 8",
		"tar@, direct, wants https://user:pw@files.example.org/tar.tgz?x=1, " +
			"url, https://files.example.org/tar.tgz, at files.example.org, line 9",
		"local@, direct, wants file:../local, path, ../local, line 10",
		"vite@5.0.0, direct, dev, line 12",
		"vue@, direct, peer, wants >=3, line 13",
	}},
	{"package-lock.json", `{
  "lockfileVersion": 3,
  "packages": {
    "": {"dependencies": {"react": "^18.2.0"}, "devDependencies": {"esbuild": "*"}},
    "node_modules/react": {"version": "18.2.0", "resolved": "https://registry.example/react/-/react-18.2.0.tgz",
      "integrity": "sha512-abc", "license": "MIT", "dependencies": {"loose": "1"}},
    "node_modules/esbuild": {"version": "0.1.0", "dev": true, "hasInstallScript": true, "license": {"type": "MIT"}},
    "node_modules/react/node_modules/loose": {"version": "1.0.0", "resolved": "git+ssh://git@github.com/acme/loose.git#abc"},
    "packages/own": {"dependencies": {}},
    "node_modules/own": {"link": true, "resolved": "packages/own"}
  }
}`, []string{
		"react@18.2.0, direct, at registry.example, map[sha512:abc], MIT, needs loose, line 5",
		"esbuild@0.1.0, direct, dev, script, MIT, line 7",
		"loose@1.0.0, git, git+ssh://github.com/acme/loose.git, at github.com, line 8",
	}},
	{"v1/package-lock.json", `{"lockfileVersion": 1, "dependencies": {
"a": {"version": "1.0.0", "resolved": "https://registry.example/a/-/a-1.0.0.tgz", "integrity": "sha1-abc", "requires": {"b": "1"},
 "dependencies": {"b": {"version": "git+https://git.example.org/b.git#abc", "dev": true}}}}}`, []string{
		"a@1.0.0, at registry.example, map[sha1:abc], needs b, line 2",
		"b@git+https://git.example.org/b.git#abc, dev, git, git+https://git.example.org/b.git, at git.example.org, line 2",
	}},
	{"yarn.lock", `# yarn lockfile v1

"@a/b@^1.0.0", "@a/b@^1.1.0":
  version "1.1.0"
  resolved "https://yarn.example/@a/b/-/b-1.1.0.tgz#0123"
  integrity sha512-abc
  dependencies:
    c "^2"

c@^2:
  version "2.0.0"
  resolved "https://codeload.github.com/x/c/tar.gz/0123"
`, []string{
		"@a/b@1.1.0, at yarn.example, map[sha1-hex:0123 sha512:abc], needs c, line 3",
		"c@2.0.0, git, https://codeload.github.com/x/c/tar.gz/0123, at codeload.github.com, line 10",
	}},
	{"berry/yarn.lock", `__metadata:
  version: 8
  cacheKey: 10c0

"@a/b@npm:^1.0.0":
  version: 1.1.0
  resolution: "@a/b@npm:1.1.0"
  dependencies:
    c: "npm:^2"
  checksum: 10c0/abc
  languageName: node
  linkType: hard

"shop@workspace:.":
  version: 0.0.0-use.local
  resolution: "shop@workspace:."
`, []string{"@a/b@1.1.0, map[cache 10c0:abc], needs c, line 5", "shop@0.0.0-use.local, workspace, line 14"}},
	{"pnpm-lock.yaml", `lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      react:
        specifier: ^18
        version: 18.2.0
    devDependencies:
      '@a/b':
        specifier: ^1
        version: 1.1.0(react@18.2.0)

packages:

  '@a/b@1.1.0':
    resolution: {integrity: sha512-abc}
    deprecated: |-
      do: not
      use

  react@18.2.0:
    resolution: {integrity: sha512-def}
    requiresBuild: true

  y-darwin@1.0.0:
    resolution: {integrity: sha512-ghi}
    requiresBuild: true
    optional: true

  x@https://codeload.github.com/a/x/tar.gz/0123:
    resolution: {tarball: https://codeload.github.com/a/x/tar.gz/0123}
    version: 1.0.0

snapshots:

  '@a/b@1.1.0(react@18.2.0)':
    dependencies:
      react: 18.2.0
`, []string{
		"@a/b@1.1.0, direct, dev, map[sha512:abc], needs react, line 17",
		"react@18.2.0, direct, map[sha512:def], script, line 23",
		"y-darwin@1.0.0, optional, map[sha512:ghi], line 27",
		"x@1.0.0, git, https://codeload.github.com/a/x/tar.gz/0123, at codeload.github.com, line 32",
	}},
	{
		"v11/pnpm-lock.yaml",
		"---\nlockfileVersion: '9.0'\n\npackages:\n\n  pnpm@11.10.0:\n    resolution: {integrity: sha512-p}\n\n" +
			"  a@1.0.0:\n    resolution: {integrity: sha512-x}\n\n---\nlockfileVersion: '9.0'\n\nimporters:\n\n" +
			"  .:\n    dependencies:\n      a:\n        specifier: ^1\n        version: 1.0.0\n\n" +
			"packages:\n\n  a@1.0.0:\n    resolution: {integrity: sha512-x}\n",
		[]string{"pnpm@11.10.0, map[sha512:p], line 6", "a@1.0.0, direct, map[sha512:x], line 9"},
	},
	{
		"v5/pnpm-lock.yaml",
		"dependencies:\n  a: 1.0.0\npackages:\n  /a/1.0.0:\n    resolution: {integrity: sha512-x}\n    dev: false\n" +
			"  /b/2.0.0_a@1.0.0:\n    resolution: {integrity: sha512-y}\n    dev: true\n",
		[]string{"a@1.0.0, direct, map[sha512:x], line 4", "b@2.0.0, dev, map[sha512:y], line 7"},
	},
	{"bun.lock", `{
  "workspaces": {"": {"dependencies": {"a": "^1"}}},
  "packages": {
    "a": ["a@1.0.0", "", {"dependencies": {"b": "1"}}, "sha512-abc"],
    "b": ["@x/b@github:x/b#abc", {}, "x"],
  },
}`, []string{"a@1.0.0, direct, map[sha512:abc], needs b", "@x/b@github:x/b#abc, git, https://github.com/x/b, at github.com"}},
	{"pyproject.toml", `[build-system]
requires = ["hatchling"]

[project]
dependencies = ["Flask_Login>=3,<4", "requests[socks]==2.32.3; python_version > '3.9'", "own @ git+https://git.example.org/own.git@main"]

[project.optional-dependencies]
docs = ["sphinx"]

[dependency-groups]
dev = ["pytest~=8.0", {include-group = "docs"}]

[tool.poetry.dependencies]
python = "^3.9"
attrs = "^23"
local = {path = "../local"}
`, []string{
		"flask-login@, direct, wants >=3,<4, line 5",
		"requests@2.32.3, direct, wants ==2.32.3, line 5",
		"own@, direct, git, https://git.example.org/own.git@main, at git.example.org, line 5",
		"sphinx@, direct, optional, line 8",
		"pytest@, direct, dev, wants ~=8.0, line 11",
		"hatchling@, direct, build, line 2",
		"attrs@, direct, wants ^23, line 15",
		"local@, direct, path, line 16",
	}},
	{"poetry.lock", `[[package]]
name = "Attrs"
version = "23.1.0"
groups = ["dev"]
files = [{file = "attrs.whl", hash = "sha256:abc"}]

[package.dependencies]
six = "*"

[[package]]
name = "own"
version = "1.0"

[package.source]
type = "git"
url = "https://git.example.org/own.git"
`, []string{"attrs@23.1.0, dev, map[attrs.whl:sha256:abc], needs six, line 1",
		"own@1.0, git, https://git.example.org/own.git, at git.example.org, line 10"}},
	{"uv.lock", `version = 1

[[package]]
name = "shop"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "flask" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[[package]]
name = "flask"
version = "3.0.0"
source = { registry = "https://pypi.example/simple" }
sdist = { url = "https://files.example/a/flask-3.0.0.tar.gz", hash = "sha256:abc" }

[[package]]
name = "pytest"
version = "8.0.0"
source = { registry = "https://pypi.example/simple" }
`, []string{
		"shop@0.1.0, workspace, needs flask, line 3",
		"flask@3.0.0, direct, at files.example, map[flask-3.0.0.tar.gz:sha256:abc], line 12",
		"pytest@8.0.0, direct, dev, at pypi.example, line 18",
	}},
	{"Pipfile", "[packages]\nflask = \"==3.0.0\"\n\n[dev-packages]\npytest = \"*\"\n", []string{
		"flask@3.0.0, direct, wants ==3.0.0, line 2", "pytest@, direct, dev, wants *, line 5"}},
	{"Pipfile.lock", `{"_meta": {}, "default": {"flask": {"version": "==3.0.0", "hashes": ["sha256:abc"]}},
"develop": {"own": {"git": "https://git.example.org/own.git", "ref": "abc"}}}`, []string{
		"flask@3.0.0, map[any sha256:abc:sha256:abc], line 1",
		"own@abc, dev, git, https://git.example.org/own.git, at git.example.org, line 2"}},
	{"requirements.txt", `# written by hand
-r base.txt
--index-url https://pypi.example.org
flask==3.0.0 \
    --hash=sha256:abc
    # via shop
requests>=2 # why
-e git+https://git.example.org/own.git@main#egg=own
https://files.example.org/x-1.0.tar.gz
six ; python_version < "3"
`, []string{
		"flask@3.0.0, wants ==3.0.0, map[any sha256:abc:sha256:abc], line 5",
		"requests@, direct, wants >=2, line 7",
		"own@, direct, git, https://git.example.org/own.git@main, at git.example.org, line 8",
		"x-1.0.tar.gz@, direct, url, https://files.example.org/x-1.0.tar.gz, at files.example.org, line 9",
		"six@, direct, line 10",
	}},
	{"Cargo.toml", `[dependencies]
serde = "1"
own = { path = "../own" }
exact = { version = "=1.2.3", optional = true }
shared = { workspace = true }
service = {
  git = "https://git.example.org/service.git",
}

[target.'cfg(unix)'.dependencies]
libc = "0.2"
`, []string{
		"exact@1.2.3, direct, optional, wants =1.2.3, line 4",
		"own@, direct, path, line 3",
		"serde@, direct, wants 1, line 2",
		"service@, direct, git, https://git.example.org/service.git, at git.example.org, line 6",
		"shared@, direct, workspace, line 5",
		"libc@, direct, wants 0.2, line 11",
	}},
	{"Cargo.lock", `[[package]]
name = "shop"
version = "0.1.0"
dependencies = ["serde", "own 1.0.0"]

[[package]]
name = "serde"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "abc"

[[package]]
name = "own"
version = "1.0.0"
source = "git+https://git.example.org/own.git?branch=main#0123"
`, []string{
		"shop@0.1.0, workspace, line 1",
		"serde@1.0.0, direct, at github.com, map[sha256:abc], line 6",
		"own@1.0.0, direct, git, https://git.example.org/own.git, at git.example.org, line 12",
	}},
	{
		"Gemfile",
		"gem \"rails\", \"~> 7.1\", \">= 7.1.2\"\ngem 'own', github: 'acme/own'\n  gem \"x\", path: \"../x\"\n",
		[]string{
			"rails@, direct, wants ~> 7.1, >= 7.1.2, line 1",
			"own@, direct, git, https://github.com/acme/own, at github.com, line 2",
			"x@, direct, path, line 3",
		},
	},
	{
		"Gemfile",
		`gem "a" if ENV["A"]
gem 'b', "~> 1", require: false unless ENV['B']
gem "if", "> 1" # if in doubt
if ENV["C"]
  # nothing that tests do
  group :test do
    gem "c"
  end
  gem "d"
else
  gem "e"
end
install_if -> { true } do |x| # these are locked all the same
  gem "f"
end
end
gem "g"
`,
		[]string{
			"a@, direct, maybe, line 1",
			"b@, direct, maybe, wants ~> 1, line 2",
			"if@, direct, wants > 1, line 3",
			"c@, direct, maybe, line 7",
			"d@, direct, maybe, line 9",
			"e@, direct, maybe, line 11",
			"f@, direct, line 14",
			"g@, direct, line 17",
		},
	},
	{"Gemfile.lock", `GIT
  remote: https://github.com/acme/own.git
  revision: 0123
  specs:
    own (1.0)

GEM
  remote: https://gems.example/
  specs:
    rails (7.1.2)
      rack (>= 2)

DEPENDENCIES
  own!
  rails (~> 7.1)

CHECKSUMS
  rails (7.1.2) sha256=abc
`, []string{
		"own@1.0, direct, git, https://github.com/acme/own.git, at github.com, line 5",
		"rails@7.1.2, direct, at gems.example, map[sha256:abc], needs rack, line 10",
	}},
	{
		"composer.json",
		"{\"require\": {\"php\": \">=8\", \"Acme/Shop\": \"^1\"},\n\"require-dev\": {\"a/b\": \"1.0.0\"}}",
		[]string{
			"acme/shop@, direct, wants ^1, line 1", "a/b@1.0.0, direct, dev, line 2"},
	},
	{"composer.lock", `{"packages": [
{"name": "acme/shop", "version": "v1.0.0", "license": ["MIT", "GPL-2.0-only"], "require": {"php": "*", "a/b": "1"},
 "replace": {"acme/cart": "self.version"}, "provide": {"psr/log-implementation": "1.0"},
 "dist": {"type": "zip", "url": "https://api.github.com/repos/acme/shop/zipball/0123", "reference": "0123", "shasum": ""}}],
"packages-dev": []}`, []string{"acme/shop@1.0.0, at api.github.com, map[reference:0123], MIT OR GPL-2.0-only, needs a/b, " +
		"replaces acme/cart psr/log-implementation, line 2"}},
	{"pom.xml", `<project>
  <version>3.0</version>
  <properties><junit.version>5.10.0</junit.version></properties>
  <dependencies>
    <dependency>
      <groupId>org.junit</groupId>
      <artifactId>junit</artifactId>
      <version>${junit.version}</version>
      <scope>test</scope>
    </dependency>
    <dependency><groupId>g</groupId><artifactId>a</artifactId><version>${revision}</version></dependency>
  </dependencies>
</project>`, []string{"org.junit:junit@5.10.0, direct, dev, line 7", "g:a@, direct, wants ${revision}, line 11"}},
	{"build.gradle", "dependencies {\n  implementation 'g:a:1.0'\n" +
		"  testImplementation(\"g:b:$v\")\n  api(platform(\"g:bom:2.0\"))\n}\n", []string{
		"g:a@1.0, direct, line 2", "g:b@, direct, dev, wants $v, line 3", "g:bom@2.0, direct, line 4"}},
	{"gradle.lockfile", "# written by Gradle\ng:a:1.0=compileClasspath\nempty=\n", []string{"g:a@1.0, line 2"}},
	{"gradle/libs.versions.toml", "[versions]\nk = \"2.0\"\n[libraries]\na = \"g:a:1.0\"\n" +
		"b = { group = \"g\", name = \"b\", version.ref = \"k\" }\n" +
		"[plugins]\np = { id = \"org.p\", version = \"3.0\" }\n", []string{
		"g:a@1.0, direct, line 4", "g:b@2.0, direct, line 5", "org.p@3.0, direct, line 7"}},
	{"packages.lock.json", `{"version": 1, "dependencies": {"net8.0": {
"Newtonsoft.Json": {"type": "Direct", "resolved": "13.0.3", "contentHash": "abc=", "dependencies": {"X": "1"}},
"X": {"type": "Transitive", "resolved": "1.0.0"}, "own": {"type": "Project"}}}}`, []string{
		"newtonsoft.json@13.0.3, direct, map[sha512:abc=], needs x, line 2", "x@1.0.0, line 3"}},
	{"Shop.csproj", `<Project Sdk="Microsoft.NET.Sdk">
  <ItemGroup>
    <PackageReference Include="Serilog" Version="3.1.1" />
    <PackageReference Include="Polly">
      <Version>8.*</Version>
    </PackageReference>
  </ItemGroup>
</Project>`, []string{"serilog@3.1.1, direct, line 3", "polly@, direct, wants 8.*, line 4"}},
	{
		"pubspec.yaml",
		"name: shop\ndependencies:\n  http: ^1.0.0\n  own:\n    git:\n      url: https://git.example.org/own.git\n" +
			"  flutter:\n    sdk: flutter\ndev_dependencies:\n  test: 1.24.0\n",
		[]string{
			"http@, direct, wants ^1.0.0, line 3",
			"own@, direct, git, https://git.example.org/own.git, at git.example.org, line 4",
			"flutter@, direct, workspace, line 7",
			"test@1.24.0, direct, dev, line 10",
		},
	},
	{
		"pubspec.lock",
		"packages:\n  http:\n    dependency: \"direct main\"\n    description:\n      name: http\n      sha256: abc\n" +
			"      url: \"https://pub.example\"\n    source: hosted\n    version: \"1.0.0\"\n",
		[]string{
			"http@1.0.0, direct, at pub.example, map[sha256:abc], line 2"},
	},
	{"mix.lock", "%{\n  \"a\": {:hex, :a, \"1.0.0\", \"abc\", [:mix], [], \"hexpm\", \"def\"},\n" +
		"  \"b\": {:git, \"https://git.example.org/b.git\", \"0123\", []},\n}\n", []string{
		"a@1.0.0, map[sha256:abc], line 2", "b@0123, git, https://git.example.org/b.git, at git.example.org, line 3"}},
	{"Dockerfile", "ARG V=1\nFROM --platform=x golang:1.26 AS build\nRUN a \\\n  FROM b\nFROM base:$V\nFROM build\n" +
		"FROM registry.example.org:5000/app/run@sha256:abc\n", []string{
		"golang@1.26, direct, wants golang:1.26, line 2",
		"registry.example.org:5000/app/run@, direct, wants registry.example.org:5000/app/run@sha256:abc, map[digest:sha256:abc], line 7",
	}},
	{".github/workflows/ci.yml", "on: push\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - name: x\n" +
		"        uses: \"acme/act/sub@0123456789012345678901234567890123456789\" # v1.2.3\n      - uses: ./own\n" +
		"      - {uses: x}\n      - uses: docker://alpine:3@sha256:abc\n      - uses: acme/${{ matrix.x }}@v1\n" +
		"      # uses: acme/comment@v1\n  b:\n    uses: acme/flows/.github/workflows/x.yml@main\n", []string{
		"actions/checkout@v4, direct, line 5",
		"acme/act/sub@0123456789012345678901234567890123456789, direct, wants v1.2.3, line 7",
		"docker://alpine@3, direct, map[digest:sha256:abc], line 10",
		"acme/flows/.github/workflows/x.yml@main, direct, line 14",
	}},
}
