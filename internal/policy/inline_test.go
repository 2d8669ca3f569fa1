package policy

import (
	"io/fs"
	"testing"

	"github.com/lintel-review/lintel/policies"
)

// The program's own policies keep no metadata once they are described: each family's compilation would copy it.
func TestOurPoliciesKeepNoMetadata(t *testing.T) {
	sources, err := rules([]fs.FS{policies.Tree()})
	if err != nil {
		t.Fatal(err)
	}
	if err := parseAll(sources); err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		inlineIDs(s.module)
		if asksForMetadata(s.module) || len(s.module.Annotations) > 0 || len(s.module.Comments) > 0 {
			t.Errorf("%s asks for more of its metadata than custom.id, so each compilation copies all of it", s.path)
		}
	}
}

// A rule that asks for more than its id keeps its metadata.
func TestMetadataThatIsAskedForStays(t *testing.T) {
	const head = "package lintel.demo\n\n# METADATA\n# title: Demo\n# custom:\n#   id: demo/one\n"
	for _, c := range []struct {
		name, body string
		kept       bool
	}{
		{"the id alone", `deny contains {"rule": rego.metadata.rule().custom.id} if input.draft`, false},
		{"in a comprehension", `deny contains x if { x := [rego.metadata.rule().custom.id | input.draft] }`, false},
		{"the title, too", `deny contains {"rule": rego.metadata.rule().custom.id, "t": rego.metadata.rule().title} if input.draft`, true},
		{"the whole", `deny contains {"rule": rego.metadata.rule()} if input.draft`, true},
		{"the chain", `deny contains {"rule": rego.metadata.chain()} if input.draft`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := parse("demo/demo.rego", []byte(head+c.body+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			inlineIDs(m)
			if got := len(m.Annotations) > 0; got != c.kept {
				t.Errorf("metadata kept: %t", got)
			}
		})
	}
}
