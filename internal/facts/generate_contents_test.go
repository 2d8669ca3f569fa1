package facts

import (
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/settings"
)

// wanted are paths whose files some family reads whole, and bodies what may stand in them, for the right path or not.
var (
	wanted = []string{"package-lock.json", "package.json", "yarn.lock", "go.mod", "go.sum", "Cargo.lock", "Cargo.toml", "requirements.txt",
		"Dockerfile", ".github/workflows/ci.yml", "x/action.yml", ".gitlab-ci.yml", ".env", "uv.lock", "pom.xml", "pnpm-lock.yaml"}
	bodies = []string{
		`{"lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "1"}}, "node_modules/a": {"version": "1.0.0",` +
			` "resolved": "https://registry.example/a/-/a-1.tgz", "integrity": "sha512-x", "license": "MIT OR GPL-3.0-only"}}}`,
		`{"dependencies": {"a": "^1", "b": "git+https://git.example/b", "a": "2"}}`,
		"module example.org/x\n\ngo 1.26\n\nrequire (\n\texample.org/a v1.0.0\n\texample.org/b v2.0.0+incompatible // indirect\n)\n",
		"[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"x\"\n\n[dependencies]\na = \"1\"\n",
		"a==1.0 --hash=sha256:x\nb>=2\n-e git+https://git.example/b#egg=b\n", "FROM node:24 AS x\nFROM x\n",
		"on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v5\n" +
			"        with: {ref: '${{ github.event.pull_request.head.sha }}'}\n      - run: make ${{ github.head_ref }}\n",
		"runs:\n  using: composite\n  steps:\n    - run: echo ${{ github.event.issue.title }}\n      shell: bash\n",
		"key = \"gh" + "p_x7Kq2Vw9Lz4Rt8Yb3Nc6Md1Pf5Hg0JsQaWe2\"\n", "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEow\n",
		"<project><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId></dependency></dependencies></project>",
	}
)

// contents gives some files a path that a family wants, and what became of each want.
func (s *source) contents(snap *change.Snapshot, set settings.Settings) {
	for i := range snap.Files {
		if s.below(2) == 1 {
			snap.Files[i].Path = of(s, wanted...)
		}
	}
	wants := Wants(snap.Files, set)
	contents := make([]change.Content, 0, len(wants))
	for _, w := range wants {
		c := change.Content{Path: w.Path, Side: w.Side, Blob: of(s, shas...)}
		switch s.below(8) {
		case 0:
			c.Absent = true
		case 1:
			c.Problem = "it is too large"
		default:
			c.SetBody([]byte(s.body()))
		}
		contents = append(contents, c)
	}
	snap.AddContents(wants, contents)
}

// body is a file of good form, one that is cut, or one with other text in it.
func (s *source) body() string {
	b := of(s, bodies...)
	switch s.below(4) {
	case 0:
		return b[:len(b)*s.below(100)/100]
	case 1:
		return strings.ReplaceAll(b, of(s, "a", "\n", "\"", "1", ":", " "), s.text())
	}
	return b
}
