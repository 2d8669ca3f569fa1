package settings

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lintel-review/lintel/internal/document"
)

// schemaID is where the schema of the settings file is published.
const schemaID = "https://raw.githubusercontent.com/lintel-review/lintel/main/docs/settings.schema.json"

type compiled struct {
	raw    []byte
	schema *document.Schema
}

// published makes the schema once; it depends on nothing but the code.
var published = sync.OnceValue(func() compiled {
	comments := map[string]string{"": "Settings of Lintel for one repository, in " + Path + " on the base branch."}
	for _, k := range keys {
		text := strings.ReplaceAll(k.meaning, "`", "")
		if strings.HasSuffix(k.path, ".mode") {
			text += modes
		}
		if o, ok := orders[k.path]; ok {
			text += " Stricter, for an organisation's floor, is: " + o.word + "."
		}
		comments[k.path] = text
	}
	raw, err := document.Reflect(filled(), schemaID, "Lintel settings", comments)
	if err != nil {
		panic(err) // a key without a field, which a test would have found
	}
	schema, err := document.Compile(raw)
	if err != nil {
		panic(err)
	}
	return compiled{raw, schema}
})

// Schema is the JSON Schema (draft 2020-12) of the settings file, the same bytes as docs/settings.schema.json.
func Schema() []byte { return slices.Clone(published().raw) }

// plain is the schema without its texts and defaults, for the files of a short run: to make the schema and to compile it
// takes 10 ms, a tenth of "lintel check". A test holds it to Schema.
//
//go:embed schema.json
var plain []byte

// checked counts the files that were compared with the schema.
var checked atomic.Int32

// fewFiles is how many files a process checks at most before it compiles the schema. A server checks thousands.
const fewFiles = 3

// differences are those of a document from the schema.
func differences(doc *document.Document) []document.Problem {
	if checked.Add(1) <= fewFiles {
		if fits, err := doc.Fits(plain); err == nil && fits {
			return nil
		}
	}
	return doc.Check(published().schema)
}

// Parse reads a settings file. The name stands in front of each problem. The known rules are the ids of all rules there
// are ("commits/header"), for spotting settings of rules that do not exist; nil skips that. With any problem the
// Settings are the zero value and must not be used.
func Parse(name string, data []byte, known []string) (Settings, []document.Problem) {
	doc, problems := document.Parse(name, data, MaxBytes)
	if doc == nil {
		return Settings{}, problems
	}
	return read(doc, known, problems)
}

// read makes settings of a document, which may be several files over each other. The problems are those that its
// reading has found; with any there are no settings.
func read(doc *document.Document, known []string, problems []document.Problem) (Settings, []document.Problem) {
	for _, p := range differences(doc) {
		problems = append(problems, later(p))
	}
	problems = append(problems, meaning(doc, known)...)
	if len(problems) > 0 {
		return Settings{}, document.Sort(problems)
	}
	s := filled()
	problems, err := doc.Into(&s)
	if err != nil {
		problems = []document.Problem{doc.Problem(err.Error())}
	}
	if len(problems) > 0 {
		return Settings{}, problems
	}
	for i := range s.Reports.Expect {
		if s.Reports.Expect[i].Paths == nil {
			s.Reports.Expect[i].Paths = []string{}
		}
	}
	wholeChecks(doc, s.Checks)
	s.Coverage.whole()
	s.Commits.whole(doc)
	return s, nil
}

// later rewords an unknown key that a later version knows.
func later(p document.Problem) document.Problem {
	if p.Code != document.UnknownKey {
		return p
	}
	name := p.Path[strings.LastIndexByte(p.Path, '.')+1:]
	if slices.Contains(laterKeys, p.Path) {
		p.Message = fmt.Sprintf("this version of Lintel does not have %s yet; remove it until you upgrade", name)
	}
	return p
}

// meaning finds what a schema cannot: settings of rules that do not exist, sizes out of order, patterns that are too dear.
func meaning(doc *document.Document, known []string) []document.Problem {
	problems := append(ruleProblems(doc, known), rolloutProblems(doc)...)
	for _, s := range sections() {
		problems = append(problems, s.problems(doc)...)
	}
	problems = append(problems, adviseProblems(doc)...)
	problems = append(problems, reportsProblems(doc)...)
	problems = append(problems, checksProblems(doc)...)
	return problems
}
