package document

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type inner struct {
	Mode  string   `json:"mode,omitempty" jsonschema:"enum=off,enum=shadow,enum=warn,enum=enforce"`
	Max   int      `json:"header_max" jsonschema:"minimum=0,maximum=1000"`
	Types []string `json:"types" jsonschema:"maxItems=3,uniqueItems=true,minLength=1,maxLength=5"`
	On    bool     `json:"signed_off"`
	Rate  float64  `json:"rate" jsonschema:"exclusiveMinimum=0"`
}

type sample struct {
	Version int              `json:"version" jsonschema:"required,enum=1"`
	Inner   inner            `json:"inner"`
	Rules   map[string]inner `json:"rules"`
	Name    string           `json:"name" jsonschema:"pattern=^[a-z]+$"`
}

func filled() sample {
	return sample{Inner: inner{Max: 100, Types: []string{"a"}, Rate: 1}, Rules: map[string]inner{}}
}

func sampleSchema(t testing.TB) *Schema {
	t.Helper()
	raw, err := Reflect(filled(), "https://example.com/sample", "Sample")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Compile(raw)
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	return s
}

func lines(problems []Problem) []string {
	out := []string{}
	for _, p := range problems {
		out = append(out, p.String())
	}
	return out
}

func TestDecodeFillsOverDefaults(t *testing.T) {
	schema := sampleSchema(t)
	for name, src := range map[string]string{
		"yaml": "version: 1\ninner: {mode: off, types: [b, c]}\nrules:\n  a/b: {header_max: 5}\n",
		"crlf and BOM": "\ufeffversion: 1\r\ninner:\r\n  mode: off\r\n  types:\r\n    - b\r\n    - c\r\nrules:\r\n  " +
			"a/b:\r\n    header_max: 5\r\n",
		"json":          `{"version": 1, "inner": {"mode": "off", "types": ["b", "c"]}, "rules": {"a/b": {"header_max": 5}}}`,
		"aliases":       "version: 1\ninner: {mode: off, types: &t [b, c]}\nrules: {a/b: {header_max: 5}}\n",
		"document mark": "---\nversion: 1\ninner: {mode: off, types: [b, c]}\nrules: {a/b: {header_max: 5}}\n...\n",
		"integral":      "version: 1.0\ninner: {mode: off, types: [b, c]}\nrules: {a/b: {header_max: 5e0}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			got := filled()
			problems, err := Decode("f.yml", []byte(src), schema, 1000, &got)
			if err != nil || len(problems) > 0 {
				t.Fatalf("problems %v, error %v", lines(problems), err)
			}
			want := filled()
			want.Version, want.Inner.Mode, want.Inner.Types = 1, "off", []string{"b", "c"}
			want.Rules["a/b"] = inner{Max: 5}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDecodeProblems(t *testing.T) {
	schema := sampleSchema(t)
	for _, tt := range []struct {
		name, src string
		want      []string
	}{
		{"empty file", "", []string{`f.yml:1:1: the key "version" is missing`}},
		{"only comments", "# nothing\n# here\n", []string{`f.yml:1:1: the key "version" is missing`}},
		{"only a mark", "---\n", []string{`f.yml:1:1: the key "version" is missing`}},
		{"list at the top", "- a\n", []string{`f.yml:1:1: the file must be a mapping of keys to values, not a list`}},
		{"text at the top", "hello\n", []string{`f.yml:1:1: the file must be a mapping of keys to values, not "hello"`}},
		{"all problems at once, by place",
			"version: 2\ninner:\n  mode: enforced\n  header_max: ten\n  header-max: 3\n  signed_off: yes\nnmae: x\nrules: [a]\n", []string{
				`f.yml:1:10: version is 2; it must be 1`,
				`f.yml:3:9: inner.mode is "enforced"; it must be one of off, shadow, warn, enforce; did you mean "enforce"?`,
				`f.yml:4:15: inner.header_max must be a whole number, not "ten"`,
				`f.yml:5:3: unknown key "header-max" in inner; did you mean "header_max"?`,
				`f.yml:6:15: inner.signed_off must be true or false, not "yes" (YAML 1.2 reads yes, no, on and off as text)`,
				`f.yml:7:1: unknown key "nmae" at the top level; did you mean "name"?`,
				`f.yml:8:8: rules must be a mapping of keys to values, not a list`,
			}},
		{"unknown key, nothing near", "version: 1\ncolour: red\n", []string{
			`f.yml:2:1: unknown key "colour" at the top level; the keys are inner, name, rules, version`}},
		{"columns count characters", "{version: 1, name: \"é\", wörld: 1}\n", []string{
			`f.yml:1:20: name is "é"; it must match the pattern ^[a-z]+$`,
			`f.yml:1:25: unknown key "wörld" at the top level; the keys are inner, name, rules, version`}},
		{"null section", "version: 1\ninner:\nrules: ~\nname: null\n", []string{
			"f.yml:2:7: inner has no value; give it one or remove the key", "f.yml:3:8: rules has no value; give it one or remove the key",
			"f.yml:4:7: name has no value; give it one or remove the key"}},
		{"null for an enumeration", "version: 1\ninner: {mode: }\n",
			[]string{"f.yml:2:15: inner.mode has no value; give it one or remove the key"}},
		{"leading zero", "version: 1\ninner: {header_max: 010}\n", []string{
			`f.yml:2:21: inner.header_max must be a whole number, not "010"; write it without the leading zero`}},
		{"other bases are text", "version: 1\ninner: {header_max: 0x10}\n",
			[]string{`f.yml:2:21: inner.header_max must be a whole number, not "0x10"`}},
		{"fraction", "version: 1\ninner: {header_max: 1.5}\n", []string{"f.yml:2:21: inner.header_max must be a whole number, not 1.5"}},
		{"quoted number", "version: 1\ninner: {header_max: '5', types: [5]}\n", []string{
			`f.yml:2:21: inner.header_max must be a whole number, not "5"; remove the quotes`,
			"f.yml:2:34: inner.types[0] must be text, not 5; put it in quotes"}},
		{"boolean for text", "version: 1\nname: true\n", []string{"f.yml:2:7: name must be text, not true; put it in quotes"}},
		{"limits", "version: 1\ninner: {header_max: 1001, rate: 0, types: [a, b, a, '']}\n", []string{
			"f.yml:2:21: inner.header_max is 1001; the most is 1000", "f.yml:2:33: inner.rate is 0; it must be more than 0",
			"f.yml:2:43: inner.types has 4 items; the most is 3", "f.yml:2:50: inner.types[2] repeats \"a\"; give each item once",
			"f.yml:2:53: inner.types[3] is empty"}},
		{"text for a list", "version: 1\ninner: {types: feat}\n",
			[]string{`f.yml:2:16: inner.types must be a list, not "feat"; write [feat]`}},
		{"too large a number", "version: 1\ninner: {header_max: 99999999999999999999}\n",
			[]string{"f.yml:2:21: inner.header_max: the number 99999999999999999999 is too large"}},
		{"huge exponent", "version: 1\ninner: {rate: 1e99999999}\n", []string{
			"f.yml:2:15: inner.rate is 0; it must be more than 0", "f.yml:2:15: inner.rate: the number 1e99999999 is too large"}},
		{"infinity is text", "version: 1\ninner: {rate: .inf}\n", []string{`f.yml:2:15: inner.rate must be a number, not ".inf"`}},
		{"duplicate key", "version: 1\nname: a\nname: b\nrules: {x: {}, x: {}}\n", []string{
			`f.yml:3:1: the key "name" is given twice; the first is on line 2`,
			`f.yml:4:16: the key "x" is given twice; the first is on line 4`}},
		{"duplicate key, quoted", "version: 1\nname: a\n\"name\": b\n",
			[]string{`f.yml:3:1: the key "name" is given twice; the first is on line 2`}},
		{"merge key", "version: 1\nrules: {a: &a {header_max: 1}, b: {<<: *a}}\n",
			[]string{"f.yml:2:36: merge keys (<<) are not supported; write the keys out"}},
		{"merge key of an unknown anchor", "version: 1\n<<: *nope\n", []string{
			"f.yml:2:5: *nope refers to an anchor &nope that is not defined above; put text that begins with * in quotes"}},
		{"quoted merge key is a key", "version: 1\n\"<<\": 1\n",
			[]string{`f.yml:2:1: unknown key "<<" at the top level; the keys are inner, name, rules, version`}},
		{"alias of a wrong value is reported where it is written", "version: 1\nrules: {a: &a {header_max: -1}, b: *a}\n", []string{
			"f.yml:2:28: rules.a.header_max is -1; the least is 0", "f.yml:2:28: rules.b.header_max is -1; the least is 0"}},
		{"tag", "version: !!int 1\nname: !foo a\n? !k name2\n: x\n", []string{
			"f.yml:1:10: the tag !!int is not used here; remove it",
			"f.yml:2:7: the tag !foo is not used here; remove it", "f.yml:3:3: the tag !k is not used here; remove it"}},
		{"key that is a list", "version: 1\n[a]: b\n{b: c}: d\n",
			[]string{"f.yml:2:1: a key must be plain text", "f.yml:3:1: a key must be plain text"}},
		{"missing key", "version: 1\n: x\n", []string{
			"f.yml:2:1: the indentation does not fit the lines above, or a quote or bracket was closed too early"}},
		{"tab", "version: 1\ninner:\n\tmode: off\n", []string{"f.yml:3:1: a tab is used for indentation; YAML allows only spaces"}},
		{"tab after spaces", "version: 1\ninner:\n  \tmode: off\n  x\n",
			[]string{"f.yml:3:3: a tab is used for indentation; YAML allows only spaces"}},
		{"two documents", "version: 1\n---\nversion: 1\n", []string{"f.yml:2:1: a second YAML document begins here; a file holds one"}},
		{"text after the end", "version: 1\n...\nmore\n", []string{
			"f.yml:3:1: nothing may follow here; check the indentation and the quotes"}},
		{"colon in text", "version: 1\nname: a: b\n",
			[]string{`f.yml:2:8: a ": " stands where no key can be; check the indentation, or put the value in quotes`}},
		{"at sign", "name: @team\n", []string{"f.yml:1:7: text cannot begin with this character here; put the value in quotes"}},
		{"open list", "inner: {types: [a, b}\n",
			[]string{`f.yml:1:16: the list that begins with "[" is not closed; add "]", or "," between the items`}},
		{"open quote", "version: 1\nname: 'x\n\n\n", []string{"f.yml:2:7: a quote is opened and not closed before the end of the file"}},
		{"bad escape", "name: \"\\q\"\n",
			[]string{"f.yml:1:7: this backslash escape is unknown; double the backslash or use single quotes"}},
		{"indentation inside a mapping", "version: 1\ninner:\n  mode: off\n  rate: 1\n   types: [a]\nname: a\n", []string{
			`f.yml:5:9: a ": " stands where no key can be; check the indentation, or put the value in quotes`}},
		{"item inside a mapping", "version: 1\ninner:\n  mode: off\n  rate: 1\n - a\nname: a\n", []string{
			"f.yml:5:2: the indentation does not fit the lines above, or a quote or bracket was closed too early"}},
		{"list that is open over lines", "version: 1\ninner:\n  types: [a,\n    b\nname: a\n", []string{
			`f.yml:4:5: the list that begins with "[" is not closed; add "]", or "," between the items`}},
		{"version mark", "%YAML 1.2\n---\na: 1\n", []string{"f.yml:1:1: this %YAML version is not supported; remove the line"}},
		{"invalid UTF-8", "version: 1\nname: \xff\n", []string{"f.yml:2:7: the byte 0xFF is not valid UTF-8; save the file as UTF-8"}},
		{"UTF-16", "\xff\xfev\x00", []string{"f.yml:1:1: the byte 0xFF is not valid UTF-8; save the file as UTF-8"}},
		{"control character", "name: a\x00b\n", []string{"f.yml:1:8: the control character U+0000 is not allowed; remove it"}},
		{"hidden line", "version: 1 # note\u2028name: hidden\n",
			[]string{"f.yml:1:18: the line separator U+2028 is not allowed; end lines with LF or CRLF"}},
		{"lone carriage return", "version: 1 # note\rname: hidden\n",
			[]string{"f.yml:1:18: a carriage return stands alone; end lines with LF or CRLF"}},
		{"direction character", "name: a\u202eb\n",
			[]string{"f.yml:1:8: the invisible direction character U+202E is not allowed; remove it"}},
		{"inner byte order mark", "version: 1\n\ufeffname: a\n",
			[]string{"f.yml:2:1: a byte order mark (U+FEFF) stands inside the file; remove it"}},
		{"long text is cut", "version: 1\nname: " + strings.Repeat("A", 500) + "\n", []string{
			`f.yml:2:7: name is "` + strings.Repeat("A", 60) + `..."; it must match the pattern ^[a-z]+$`}},
		{"awkward key", "version: 1\nrules: {\"a.b\\n\": {header_max: -1}}\n",
			[]string{`f.yml:2:31: rules["a.b\n"].header_max is -1; the least is 0`}},
		{"too large a file", strings.Repeat("# long\n", 400),
			[]string{"f.yml:1:1: the file is too large: it has 2800 bytes, the limit is 2000"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := filled()
			problems, err := Decode("f.yml", []byte(tt.src), schema, 2000, &got)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, lines(problems)); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(filled(), got); d != "" {
				t.Errorf("the target was touched: %s", d)
			}
		})
	}
}

// TestHostile shows that no file makes the reader slow or large. The time is generous, the shapes are those that grow
// without a bound elsewhere.
//
// Attack by the author: YAML bombs, patterns and files that take forever: limits on bytes, depth, values and
// steps; RE2. Also `internal/language/class_test.go` `TestHostilePatterns`;
// `internal/analysis/ownership/codeowners/slow_test.go` `TestTrialsAreCounted`;
// `cmd/lintel/testdata/script/story_yaml_bomb.txtar`; `cmd/lintel/testdata/script/story_huge_codeowners.txtar`.
func TestHostile(t *testing.T) {
	schema := sampleSchema(t)
	const limit = 256 << 10
	fill := func(s string) string { return strings.Repeat(s, limit/len(s)) }
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1,
			i-1, i-1, i-1)
	}
	for name, tt := range map[string]struct{ src, want string }{
		"alias bomb":        {bomb, "more than 20000 values"},
		"alias of itself":   {"a: &a [*a]\n", "nested deeper"},
		"many of itself":    {"a: &a [*a, *a, *a, *a, *a, *a, *a, *a]\n", "nested deeper"},
		"deep flow list":    {strings.Repeat("[", 10_001), "nested deeper"},
		"deep block list":   {fill("- "), "nested deeper"},
		"deep mapping":      {fill("{a: "), "nested deeper"},
		"deep question":     {fill("? "), "nested deeper"},
		"long list":         {"a: [" + strings.Repeat("a,", 130_000) + "]", "more than 20000 values"},
		"same key":          {fill("a:\n"), "more problems"},
		"same key, fewer":   {strings.Repeat("a: 1\n", 19_000), "more problems"},
		"unknown keys":      {many(19_000), "more problems"},
		"list keys":         {fill("[a]: b\n"), "must be plain text"},
		"anchors":           {fill("&a "), ""},
		"tags":              {fill("!a "), ""},
		"tagged list":       {"a: [" + strings.Repeat("!a x,", 40_000) + "]", "more problems"},
		"directives":        {fill("%A b\n"), ""},
		"documents":         {fill("---\n"), "second YAML document"},
		"spaces":            {fill(" "), "missing"},
		"comments":          {fill("#\n"), "missing"},
		"one long word":     {"name: " + strings.Repeat("z", limit-10), "the key \"version\" is missing"},
		"folded lines":      {"name: " + strings.Repeat("x y\n  ", 40_000), "missing"},
		"escapes":           {"name: \"" + strings.Repeat(`\x41`, 60_000) + "\"", "missing"},
		"long near key":     {"version: 1\n" + strings.Repeat("v", limit-20) + ": 1\n", "without"},
		"items that repeat": {"version: 1\ninner: {types: [" + strings.Repeat("[],", 19_000) + "x]}\n", "repeats"},
		"quotes":            {strings.Repeat("'", limit-1), "not closed"},
	} {
		t.Run(name, func(t *testing.T) {
			if len(tt.src) > limit {
				t.Fatalf("the source has %d bytes", len(tt.src))
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			got := filled()
			problems, err := Decode("f.yml", []byte(tt.src), schema, limit, &got)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if err != nil || len(problems) == 0 {
				t.Fatalf("problems %v, error %v", problems, err)
			}
			if len(problems) > maxProblems+1 {
				t.Errorf("%d problems", len(problems))
			}
			if !slices.ContainsFunc(problems, func(p Problem) bool { return strings.Contains(p.Message, tt.want) }) {
				t.Errorf("want %q in %q", tt.want, lines(problems[max(0, len(problems)-3):]))
			}
			for _, p := range problems {
				if len(p.Message) > 600 || len(p.Path) > 600 || p.Line < 1 || p.Column < 1 {
					t.Fatalf("problem %.900q at %d:%d", p.Message, p.Line, p.Column)
				}
			}
			allocated := after.TotalAlloc - before.TotalAlloc
			t.Logf("%v, %d MB allocated, %s", took, allocated>>20, problems[0])
			if took > 5*time.Minute || allocated > 256<<20 {
				t.Errorf("took %v and allocated %d MB", took, allocated>>20)
			}
		})
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%x:\n", i)
	}
	return b.String()
}

func TestPlaces(t *testing.T) {
	doc, problems := Parse("f.yml", []byte("version: 1\nrules:\n  a/b:\n    types: [x, y]\n"), 1000)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if l, c := doc.At("rules", "a/b", "types", "1"); l != 4 || c != 16 {
		t.Errorf("value at %d:%d", l, c)
	}
	if l, c := doc.At("rules", "a/b", "gone", "1"); l != 4 || c != 5 {
		t.Errorf("nearest at %d:%d", l, c)
	}
	if p := doc.KeyProblem("no", "rules", "a/b"); p.String() != "f.yml:3:3: no" || p.Path != "rules.a/b" {
		t.Errorf("%s, %s", p, p.Path)
	}
	if v := doc.Value("rules", "a/b", "types", "1"); v != "y" || doc.Value("rules", "none", "x") != nil {
		t.Errorf("value %v", v)
	}
	if !doc.Has("rules", "a/b") || doc.Has("rules", "a/c") {
		t.Error("Has is wrong")
	}
}

func TestIntoRefusesProgrammingMistakes(t *testing.T) {
	var nothing *sample
	for _, into := range []any{sample{}, nothing, nil} {
		if _, err := Decode("f.yml", []byte("version: 1\n"), nil, 1000, into); err == nil {
			t.Errorf("no error for %T", into)
		}
	}
	got := filled()
	problems, err := Decode("f.yml", []byte("version: 1\ninner: {rate: 3, hedaer_max: 1}\n"), nil, 1000, &got)
	if err != nil || len(problems) != 1 || problems[0].String() != `f.yml:1:1: unknown key "hedaer_max"` {
		t.Errorf("%v, %v", lines(problems), err)
	}
	problems, err = Decode("f.yml", []byte("version: 1\ninner: {header_max: x, rate: 3}\n"), nil, 1000, &got)
	if err != nil || len(problems) != 1 || problems[0].String() != `f.yml:2:21: inner.header_max: "string" does not fit here` {
		t.Errorf("%v, %v", lines(problems), err)
	}
	if d := cmp.Diff(filled(), got); d != "" {
		t.Error(d)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"commits", "ownership", "size", "signed_off", "off", "warn", "xs", "s"}
	for got, want := range map[string]string{"comits": "commits", "ocmmits": "commits", "signed-off": "signed_off",
		"signedOff": "signed_off", "SIZE": "size",
		"sise": "size", "of": "", "offf": "off", "banana": "", "": "", "wran": "warn", "owner": "", "XS": "xs", "x": "",
		strings.Repeat("s", 1000): ""} {
		if near := Nearest(got, known); near != want {
			t.Errorf("Nearest(%.20q) = %q, want %q", got, near, want)
		}
	}
}

// A panic of the reader is an error of the file.
func TestReaderPanics(t *testing.T) {
	l := loader{func(any) error { panic("impossible") }}
	if err := l.next(nil); err == nil || !strings.Contains(err.Error(), "impossible") {
		t.Fatalf("the error is %v", err)
	}
	p := syntax(l.next(nil), []byte("a: 1\n"))
	if p.Line != 1 || p.Column != 1 || !strings.Contains(p.Message, "the file is not YAML: ") {
		t.Fatalf("%+v", p)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"version: 1\n", "a: &a [*a]", "<<: *x", "\ufeffa: 1\r\n", "- - -", "!!int 1", "a: 'x", "? a\n: b",
		"a: |\n x\n", "%YAML 1.2\n---\n", "010", "1e400", "{a: 1, a: 2}"} {
		f.Add([]byte(s))
	}
	schema := sampleSchema(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		got := filled()
		problems, err := Decode("f", data, schema, 1<<16, &got)
		if err != nil {
			t.Fatal(err)
		}
		newlines := strings.Count(string(data), "\n")
		for _, p := range problems {
			if p.Line < 1 || p.Line > newlines+2 || p.Column < 1 || p.Message == "" || strings.ContainsAny(p.Message, "\n\x00") {
				t.Fatalf("%#v", p)
			}
		}
		again := filled()
		second, _ := Decode("f", data, schema, 1<<16, &again)
		if d := cmp.Diff(lines(problems), lines(second)); d != "" {
			t.Fatal(d)
		}
		if len(problems) == 0 && got.Version != 1 {
			t.Fatalf("no problem, yet the version is %d", got.Version)
		}
	})
}

func TestExpands(t *testing.T) {
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 20; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i-1, i-1, i-1, i-1, i-1)
	}
	for name, tt := range map[string]struct {
		src  string
		want bool
	}{
		"nothing":         {"", false},
		"no YAML":         {"a: [", false},
		"an alias":        {"a: &a [1, 2]\nb: *a\n", false},
		"many values":     {"a: [1, 2, 3, 4, 5, 6, 7, 8, 9]\n", true},
		"second document": {"a: 1\n---\n" + bomb, true},
		"bomb":            {bomb, true},
		"of itself":       {"a: &a [*a]\n", true},
		"nine values":     {"a: [1, 2, 3, 4, 5, 6, 7, 8]\n", false},
	} {
		if got := Expands([]byte(tt.src), 12); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
