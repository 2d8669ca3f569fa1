package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
)

// edited is a file before and after a change.
type edited struct{ path, before, after string }

// file is the change of it as a forge or git would list it, with its patch.
func (e edited) file(n int) (diff.File, string) {
	f := diff.File{Path: e.path, Status: diff.Modified, State: diff.Text, OldMode: "100644", Mode: "100644",
		Blob: fmt.Sprintf("%040x", 2*n+1), OldBlob: fmt.Sprintf("%040x", 2*n+2), Size: int64(len(e.after))}
	return diff.FromBlobs(f, []byte(e.before), []byte(e.after))
}

// kinds are the files of a usual change, in the order in which they come: mostly source, with tests, manifests, lock
// files and workflows among it, so that every family has something to read.
var kinds = []struct {
	path string // with the number of the file
	text func(r *rand.Rand, n int, after bool) string
}{
	{"service%d/handler.go", goSource},
	{"service%d/handler_test.go", goTest},
	{".github/workflows/build%d.yml", workflowSource},
	{"web%d/package.json", packageJSON},
	{"web%d/package-lock.json", packageLock},
	{"tool%d/worker.py", pythonSource},
	{"web%d/src/cart.ts", scriptSource},
	{"service%d/store.go", goSource},
	{"service%d/go.mod", goModule},
	{"docs/page%d.md", page},
}

// edits are n files of a change. Equal numbers give equal files.
func edits(n int) []edited {
	out := make([]edited, 0, n)
	for i := range n {
		out = append(out, edit(i))
	}
	return out
}

func edit(i int) edited {
	k := kinds[i%len(kinds)]
	text := func(after bool) string { return k.text(rand.New(rand.NewPCG(9, uint64(i))), i, after) }
	return edited{path: fmt.Sprintf(k.path, i/len(kinds)), before: text(false), after: text(true)}
}

// words make identifiers and prose. Those that rules about secrets look for are among them, as in real code.
var words = strings.Fields("cart order price token user session key value query result client server secret config build report " +
	"access store index page owner review change merge login password retry limit header body")

func word(r *rand.Rand) string { return words[r.IntN(len(words))] }

func hexOf(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, "%x", r.IntN(16))
	}
	return b.String()
}

// goSource is twenty functions; the change makes three of them longer and deeper.
func goSource(r *rand.Rand, n int, after bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package service%d\n\nimport (\n\t\"context\"\n\t\"fmt\"\n)\n", n)
	for i := range 20 {
		a, c := word(r), word(r)
		fmt.Fprintf(&b, "\n// %s%d reads the %s of one %s.\nfunc %s%d(ctx context.Context, %s string, limit int) (int, error) {\n",
			a, i, c, a, a, i, c)
		fmt.Fprintf(&b, "\tif %s == \"\" {\n\t\treturn 0, fmt.Errorf(\"read %s: no %s\")\n\t}\n\ttotal := 0\n", c, a, c)
		fmt.Fprintf(&b, "\tfor i := range limit {\n\t\ttotal += i * %d\n\t}\n", r.IntN(1000))
		if after && i%7 == 2 {
			fmt.Fprintf(&b, "\tfor i := range limit {\n\t\tif i%%2 == 0 && total > %d {\n\t\t\tfor range i {\n\t\t\t\ttotal--\n"+
				"\t\t\t}\n\t\t} else if ctx.Err() != nil {\n\t\t\treturn total, ctx.Err()\n\t\t}\n\t}\n", r.IntN(1000))
		}
		fmt.Fprintf(&b, "\treturn total, nil\n}\n")
	}
	return b.String()
}

func goTest(r *rand.Rand, n int, after bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package service%d\n\nimport \"testing\"\n", n)
	for i := range 20 {
		if i == 11 && !after {
			continue
		}
		fmt.Fprintf(&b, "\nfunc Test%s%d(t *testing.T) {\n\tgot, err := read(t.Context(), %q, %d)\n\tif err != nil || got != %d {\n"+
			"\t\tt.Errorf(\"got %%d, %%v\", got, err)\n\t}\n}\n", word(r), i, word(r), r.IntN(99), r.IntN(9999))
	}
	return b.String()
}

func workflowSource(r *rand.Rand, _ int, after bool) string {
	var b strings.Builder
	b.WriteString("name: build\non:\n  pull_request:\n  push:\n    branches: [main]\npermissions:\n  contents: read\njobs:\n")
	for i := range 5 {
		version := 4
		if after && i == 2 {
			version = 5
		}
		fmt.Fprintf(&b, "  %s%d:\n    runs-on: ubuntu-latest\n    timeout-minutes: %d\n    env:\n      NAME: ${{ github.ref_name }}\n"+
			"    steps:\n      - uses: actions/checkout@v%d\n      - uses: some/setup@%s # v2\n        with: { cache: true }\n"+
			"      - run: |\n          make %s\n          echo \"$NAME\"\n", word(r), i, r.IntN(60)+1, version, hexOf(r, 40), word(r))
	}
	return b.String()
}

func packageJSON(r *rand.Rand, n int, after bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "{\n  \"name\": \"web%d\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\n", n)
	for i := range 30 {
		if i == 12 && !after {
			continue
		}
		fmt.Fprintf(&b, "    \"%s-%d\": \"^%d.%d.0\",\n", word(r), i, r.IntN(9), r.IntN(20))
	}
	b.WriteString("    \"zz\": \"1.0.0\"\n  }\n}\n")
	return b.String()
}

func packageLock(r *rand.Rand, n int, after bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "{\n  \"name\": \"web%d\",\n  \"lockfileVersion\": 3,\n  \"packages\": {\n", n)
	for i := range 300 {
		minor := 1
		if after && i%60 == 12 {
			minor = 2
		}
		fmt.Fprintf(&b, "    \"node_modules/%s-%d\": {\n      \"version\": \"1.%d.0\",\n      \"resolved\": "+
			"\"https://registry.example/%d/-/%d-1.%d.0.tgz\",\n      \"integrity\": \"sha512-%s==\",\n      \"license\": \"MIT\"\n    "+
			"},\n", word(r), i, minor, i, i, minor, hexOf(r, 84+minor))
	}
	b.WriteString("    \"\": {\"name\": \"web\"}\n  }\n}\n")
	return b.String()
}

func pythonSource(r *rand.Rand, _ int, after bool) string {
	var b strings.Builder
	b.WriteString("import os\n\nAPI_TOKEN = os.environ[\"API_TOKEN\"]\n")
	for i := range 20 {
		a, c := word(r), word(r)
		fmt.Fprintf(&b, "\n\ndef %s_%d(%s, limit=%d):\n    \"\"\"Reads the %s.\"\"\"\n    total = 0\n    for i in range(limit):\n"+
			"        total += i * %d\n", a, i, c, r.IntN(99), c, r.IntN(99))
		if after && i%7 == 2 {
			fmt.Fprintf(&b, "        if total > %d and %s:\n            for j in range(i):\n                total -= j\n", r.IntN(99), c)
		}
		fmt.Fprintf(&b, "    return {%q: total, %q: %s}\n", a+"_key", "digest", c)
	}
	return b.String()
}

func scriptSource(r *rand.Rand, _ int, after bool) string {
	var b strings.Builder
	b.WriteString("import { client } from \"./client\";\n")
	for i := range 20 {
		a, c := word(r), word(r)
		fmt.Fprintf(&b, "\nexport async function %s%d(%s: string, limit = %d): Promise<number> {\n  let total = 0;\n"+
			"  const headers = { authorization: `Bearer ${client.%s}`, \"x-api-key\": process.env.API_KEY };\n", a, i, c, r.IntN(99), c)
		if after && i%7 == 2 {
			fmt.Fprintf(&b, "  if (limit > %d && headers) {\n    while (total < limit) {\n      total++;\n    }\n  }\n", r.IntN(99))
		}
		fmt.Fprintf(&b, "  return total + (await client.get(\"/%s/%s\", headers)).%s;\n}\n", a, hexOf(r, 12), c)
	}
	return b.String()
}

func goModule(r *rand.Rand, n int, after bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "module example.org/service%d\n\ngo 1.26\n\nrequire (\n", n)
	for i := range 25 {
		minor := r.IntN(9)
		if after && i == 7 {
			minor++
		}
		fmt.Fprintf(&b, "\texample.org/%s%d v1.%d.0\n", word(r), i, minor)
	}
	b.WriteString(")\n")
	return b.String()
}

func page(r *rand.Rand, n int, after bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Page %d\n", n)
	for i := range 40 {
		fmt.Fprintf(&b, "\n- The %s of a %s is set by `%s_%s: %s`.\n", word(r), word(r), word(r), word(r), hexOf(r, 8))
		if after && i%12 == 5 {
			fmt.Fprintf(&b, "  Without it, the %s is read again.\n", word(r))
		}
	}
	return b.String()
}
