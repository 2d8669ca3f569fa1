package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/lintel-review/lintel/internal/document"
)

// SchemaID is where the schema of the settings file is published.
const SchemaID = "https://raw.githubusercontent.com/lintel-review/lintel/main/docs/settings.schema.json"

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
		comments[k.path] = text
	}
	raw, err := document.Reflect(filled(), SchemaID, "Lintel settings", comments)
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

// Parse reads a settings file. The name stands in front of each problem. The known rules are the ids of all rules there are ("commits/header"), for
// spotting settings of rules that do not exist; nil skips that. With any problem the Settings are the zero value and must not be used.
func Parse(name string, data []byte, known []string) (Settings, []document.Problem) {
	doc, problems := document.Parse(name, data, MaxBytes)
	if doc == nil {
		return Settings{}, problems
	}
	for _, p := range doc.Check(published().schema) {
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
	if slices.Contains(laterKeys, p.Path) || strings.HasPrefix(p.Path, "rules.") && slices.Contains(laterRuleKeys, name) {
		p.Message = fmt.Sprintf("this version of Lintel does not have %s yet; remove it until you upgrade", name)
	}
	return p
}

// meaning finds what a schema cannot: settings of rules that do not exist, sizes out of order, patterns that are too dear.
func meaning(doc *document.Document, known []string) []document.Problem {
	problems := ruleProblems(doc, known)
	problems = append(problems, commitsProblems(doc)...)
	problems = append(problems, sizeProblems(doc)...)
	problems = append(problems, lintProblems(doc)...)
	problems = append(problems, coverageProblems(doc)...)
	problems = append(problems, adviseProblems(doc)...)
	problems = append(problems, reportsProblems(doc)...)
	problems = append(problems, ownershipProblems(doc)...)
	return problems
}

// gateFamily holds the rules about the evaluation itself. No repository can weaken them.
const gateFamily = "gate"

func ruleProblems(doc *document.Document, known []string) []document.Problem {
	rules, _ := doc.Value("rules").(map[string]any)
	if known == nil {
		return nil
	}
	known = slices.DeleteFunc(slices.Clone(known), func(id string) bool { return strings.HasPrefix(id, gateFamily+"/") })
	var problems []document.Problem
	for id := range rules {
		family, _, ok := strings.Cut(id, "/")
		if family == gateFamily {
			problems = append(problems, doc.KeyProblem(fmt.Sprintf("%q cannot be set: the rules of %s say whether the check itself can be trusted and are always on",
				clip(id), gateFamily), "rules", id))
			continue
		}
		if slices.Contains(known, id) {
			continue
		}
		said := "there is no rule " + strconv.Quote(clip(id))
		near := document.Nearest(id, known)
		if !ok {
			// The name alone, or a name that only one family has.
			near = ""
			for _, k := range known {
				if _, name, _ := strings.Cut(k, "/"); name == id {
					near = k
					break
				}
			}
		}
		switch {
		case ok && slices.Contains(laterKeys, family):
			said = fmt.Sprintf("this version of Lintel does not have the rules of %s yet; remove it until you upgrade", family)
		case near != "":
			said += fmt.Sprintf("; did you mean %q?", near)
		case !ok:
			said += "; a rule is written as family/name"
		default:
			said += "; docs/rules lists all rules"
		}
		problems = append(problems, doc.KeyProblem(said, "rules", id))
	}
	return problems
}

// maxStars bounds the wildcards of one pattern: matching tries each of them at each place.
const maxStars = 20

func sizeProblems(doc *document.Document) []document.Problem {
	var problems []document.Problem
	d := filled().Size
	last, lastName := int64(-1), ""
	for _, class := range []struct {
		name string
		most int
	}{{"xs", d.XS}, {"s", d.S}, {"m", d.M}, {"l", d.L}} {
		value, given := int64(class.most), doc.Has("size", class.name)
		if given {
			v, ok := doc.Value("size", class.name).(int64)
			if !ok {
				return problems // said already; an order cannot be judged
			}
			value = v
		}
		if lastName != "" && value <= last {
			at := class.name
			if !given {
				at = lastName
			}
			problems = append(problems, doc.Problem(fmt.Sprintf("size.%s is %d and size.%s is %d%s; xs, s, m and l must grow in this order",
				lastName, last, class.name, value, byDefault(given)), "size", at))
		}
		last, lastName = value, class.name
	}
	patterns, _ := doc.Value("size", "exclude").([]any)
	for i, v := range patterns {
		if p, ok := v.(string); ok {
			if why := badPattern(p); why != "" {
				problems = append(problems, doc.Problem(fmt.Sprintf("size.exclude[%d] %s", i, why), "size", "exclude", strconv.Itoa(i)))
			}
		}
	}
	return problems
}

func byDefault(given bool) string {
	if given {
		return ""
	}
	return " by default"
}

func badPattern(p string) string {
	switch {
	case strings.TrimSpace(p) == "" && p != "":
		return "is blank"
	case strings.HasPrefix(p, "!"):
		return "begins with !; a pattern here cannot take files back in"
	case strings.HasPrefix(p, "#"):
		return "begins with #, which .gitignore reads as a comment; write \\#"
	case strings.Count(p, "*") > maxStars:
		return fmt.Sprintf("has more than %d wildcards", maxStars)
	case strings.ContainsAny(p, "\n\r\x00"):
		return "has a line end or NUL in it"
	}
	return ""
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "..."
	}
	return s
}
