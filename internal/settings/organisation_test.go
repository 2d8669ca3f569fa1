package settings

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/finding"
)

const acme = `version: 1
defaults:
  commits: {mode: warn, header_max: 72}
  size: {fail_over: 800}
floor:
  size: {mode: warn, fail_over: 1000, exclude: ["gen/**"]}
  coverage: {patch: {min: 70}}
  rules: {ownership/approval: {mode: enforce}}
targets:
  - repositories: ["acme/api-*"]
    except: [acme/api-draft]
    defaults: {commits: {mode: enforce}}
    floor: {coverage: {patch: {min: 90}, flags: {unit: {patch: 85}}}}
`

// controlsOf are controls of a repository with an organisation's file and, unless it is empty, a file of its own.
func controlsOf(repository, organisation, own string) change.Controls {
	c := change.Controls{
		Organisation: &change.Organisation{
			Own:    &change.File{Path: "acme/.github lintel.yml", Content: []byte(organisation)},
			Traits: change.Traits{Name: repository},
		},
	}
	if own != "" {
		c.Files = map[string]change.File{Path: {Path: Path, Blob: "b1", Size: int64(len(own)), Content: []byte(own)}}
	}
	return c
}

func raisedText(raised []Raised) string {
	var out []string
	for _, r := range raised {
		out = append(out, fmt.Sprintf("%s=%s:%d", r.Key, r.Value, r.Line))
	}
	return strings.Join(out, " ")
}

func TestResolveWithAnOrganisation(t *testing.T) {
	shop := Resolve(controlsOf("acme/shop", acme, ""), nil, rules)
	if s := shop.Settings; shop.Source != Absent || s.Cap != finding.Enforce || s.Commits.Mode != finding.Warn ||
		s.Commits.HeaderMax != 72 ||
		s.Size.FailOver != 800 ||
		s.Coverage.Patch.Min != 80 {
		t.Errorf("without a file of its own, acme/shop has %+v", shop)
	}
	if got, want := raisedText(shop.Raised), `rules.ownership/approval.mode="enforce":8 size.mode="warn":6`; got != want {
		t.Errorf("raised are %s, want %s", got, want)
	}

	own := "version: 1\ncommits: {mode: 'off', header_max: 100}\nsize: {mode: 'off', fail_over: 0, exclude: ['gen/**', 'src/**']}\n" +
		"coverage: {patch: {min: 20}}\nrules: {ownership/approval: {mode: shadow, severity: notice}}\n"
	api := Resolve(controlsOf("acme/api-pay", acme, own), nil, rules)
	s := api.Settings
	if s.Commits.Mode != finding.Off || s.Commits.HeaderMax != 100 {
		t.Errorf("defaults may be changed, but commits are %+v", s.Commits)
	}
	if s.Size.FailOver != 1000 || !slices.Equal(s.Size.Exclude, []string{"gen/**"}) || s.Coverage.Patch.Min != 90 ||
		s.Coverage.Flags["unit"].Patch != 85 {
		t.Errorf("the floor does not hold: %+v %+v", s.Size, s.Coverage)
	}
	for rule, want := range map[string]finding.Mode{
		"size/lines":         finding.Warn,
		"ownership/approval": finding.Enforce,
		"commits/fixup":      finding.Off,
		"ownership/other":    finding.Warn,
	} {
		family, _, _ := strings.Cut(rule, "/")
		if got := s.ModeOf(family, rule, finding.Warn); got != want {
			t.Errorf("%s is %s, want %s", rule, got, want)
		}
	}
	if got := s.SeverityOf("ownership/approval", finding.Error); got != finding.Error {
		t.Errorf("the severity of a rule that the floor enforces fell to %s", got)
	}
	if !s.Evaluates("size") || s.Evaluates("commits") {
		t.Error("Evaluates: size is on by the floor, commits are off")
	}
	draft := Resolve(controlsOf("acme/api-draft", acme, own), nil, rules)
	if draft.Settings.Coverage.Patch.Min != 70 {
		t.Errorf("acme/api-draft is an exception, but must reach %v", draft.Settings.Coverage.Patch.Min)
	}

	proposal := Preview(
		&change.File{Path: Path, Blob: "b2", Size: int64(len(own)), Content: []byte(own)},
		controlsOf("acme/api-pay", acme, ""),
		rules,
	)
	var errors []string
	for _, p := range proposal.Errors {
		errors = append(errors, p.String())
	}
	want := []string{
		`.github/lintel.yml:3:14: size.mode is laxer than the organisation's floor, "warn" (acme/.github lintel.yml:6)`,
		`.github/lintel.yml:3:32: size.fail_over is laxer than the organisation's floor, 1000 (acme/.github lintel.yml:6)`,
		`.github/lintel.yml:3:44: size.exclude is laxer than the organisation's floor, ["gen/**"] (acme/.github lintel.yml:6)`,
		`.github/lintel.yml:4:25: coverage.patch.min is laxer than the organisation's floor, 70 (acme/.github lintel.yml:7)`,
		`.github/lintel.yml:4:25: coverage.patch.min is laxer than the organisation's floor, 90 (acme/.github lintel.yml:13)`,
		`.github/lintel.yml:5:36: rules.ownership/approval.mode is laxer than the organisation's floor, "enforce" ` +
			`(acme/.github lintel.yml:8)`,
	}
	for i, e := range errors {
		errors[i], _, _ = strings.Cut(e, "; the floor holds")
	}
	if d := cmp.Diff(want, errors); d != "" {
		t.Errorf("problems of a file that loosens:\n%s", d)
	}
	silent := &change.File{Path: Path, Blob: "b2", Size: 11, Content: []byte("version: 1\n")}
	if p := Preview(silent, controlsOf("acme/api-pay", acme, ""), rules); len(p.Errors) > 0 {
		t.Errorf("a file that loosens nothing has %v", p.Errors)
	}
}

func TestAnInvalidOrganisationDecidesNothing(t *testing.T) {
	r := Resolve(controlsOf("acme/shop", "version: 1\nfloor: {size: {fail_over: -1}}\n", ""), nil, rules)
	if r.Decided() || !strings.Contains(r.Reason, "acme/.github lintel.yml is not valid (1 error)") || len(r.Errors) != 1 {
		t.Errorf("an invalid organisation's file gives %+v", r)
	}
}

func TestCheckOrganisation(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"valid": {acme, ""},
		"a settings file": {
			"version: 1\nsize: {}\n",
			`o.yml:2:1: "size" stands below defaults, which repositories may change, or below floor, which they ` +
				`may only raise`,
		},
		"no version": {"floor: {}\n", "o.yml:1:1: version must be given, and is 1 in this format"},
		"a typo":     {"version: 1\nflor: {}\n", `o.yml:2:1: unknown key "flor"; did you mean "floor"?`},
		"no order": {
			"version: 1\nfloor: {commits: {style: none}}\n",
			"o.yml:2:19: no value of commits.style is stricter than another, so it cannot be in a floor; put it " +
				"below defaults",
		},
		"a key unknown": {
			"version: 1\nfloor: {size: {fail_ovr: 3}}\n",
			`o.yml:2:16: unknown key "fail_ovr" in size; did you mean "fail_over"?`,
		},
		"an unknown rule": {
			"version: 1\ndefaults: {rules: {size/linez: {mode: warn}}}\n",
			`o.yml:2:20: there is no rule "size/linez"; did you mean "size/lines"?`,
		},
		"no repository": {
			"version: 1\ntargets:\n  - floor: {}\n",
			`o.yml:3:5: a target says which repositories it is for, as in repositories: ["acme/api-*"], visibility: ` +
				`[public], topics: [payment] or properties: {tier: [critical]}`,
		},
		"no name at all": {
			"version: 1\ntargets:\n  - repositories: [a/b/c]\n",
			`o.yml:3:20: "a/b/c" is no repository; write owner/name or the name alone, in which * stands for any characters`,
		},
		"no visibility": {
			"version: 1\ntargets:\n  - visibility: [secret]\n",
			`o.yml:3:18: "secret" is no visibility; they are public, internal and private`,
		},
		"properties without values": {
			"version: 1\ntargets:\n  - properties: {tier: critical}\n",
			`o.yml:3:24: this must be a list with an entry, as in ["acme/api-*"]`,
		},
		"waves that fall": {
			"version: 1\nwaves: [10 %, 5, 100 %]\n",
			"o.yml:2:15: a wave is a part of all repositories, larger than the one before, such as 10 %",
		},
		"waves that end early": {
			"version: 1\nwaves: [1 %, 50 %]\nwave_minutes: 0.5\nstop_factor: 0\n",
			"o.yml:2:8: the last wave must be 100 %, or the change never holds for all\n" +
				"o.yml:3:15: wave_minutes is a whole number from 1 to 10080\n" +
				"o.yml:4:14: stop_factor is a number from 1 to 100: how much larger the share of refused pull requests may become",
		},
		"version below":   {"version: 1\nfloor: {version: 1}\n", "o.yml:2:9: version stands at the top of the file alone"},
		"no mapping":      {"version: 1\nfloor: [size]\n", "o.yml:2:8: floor must be a mapping of settings"},
		"targets no list": {"version: 1\ntargets: acme\n", "o.yml:2:10: targets must be a list of groups of repositories"},
		"too many targets": {
			"version: 1\ntargets: [" + strings.Repeat("{}, ", 5000) + "]\n",
			"o.yml:2:10: there are 5000 targets, the limit is 200; join those that ask for the same",
		},
		"an alias that is itself": {
			"version: 1\nfloor: &a {size: *a}\n", "o.yml:2:8: the file is nested deeper than 64 levels, aliases expanded",
		},
	} {
		var got []string
		for _, p := range CheckOrganisation("o.yml", []byte(c.text), rules) {
			got = append(got, p.String())
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s: the problems are\n%s\nwant\n%s", name, strings.Join(got, "\n"), c.want)
		}
	}
}

// TestTargets holds which targets are for a repository, and that one which cannot be decided holds its floor, not its
// defaults, and says so.
func TestTargets(t *testing.T) {
	const file = `version: 1
targets:
  - {visibility: [public], topics: [Payment, money], defaults: {size: {s: 17}}, floor: {size: {fail_over: 300}}}
  - {properties: {tier: [critical]}, except: [sand-*], floor: {size: {files_over: 9}}}
  - {repositories: [acme/shop], floor: {coverage: {patch: {min: 91}}}}
`
	for name, c := range map[string]struct {
		traits change.Traits
		raised string
		notes  int
		s      int
	}{
		"nothing known": {change.Traits{Name: "acme/x"}, "size.fail_over=300:3 size.files_over=9:4", 2, 30},
		"all known": {
			change.Traits{
				Name: "acme/x", Visibility: "public", Topics: []string{"money"}, Properties: map[string][]string{"tier": {"low"}},
			},
			"size.fail_over=300:3", 0, 17,
		},
		"excepted": {change.Traits{Name: "acme/sand-box", Visibility: "private"}, "", 0, 20},
		"another visibility, topics not known": {
			change.Traits{Name: "acme/x", Visibility: "internal", Properties: map[string][]string{"tier": {"low", "critical"}}},
			"size.files_over=9:4", 0, 20,
		},
		"visibility alone": {
			change.Traits{Name: "acme/x", Visibility: "public", Properties: map[string][]string{}}, "size.fail_over=300:3", 1, 30,
		},
		"the owner was renamed": {
			change.Traits{Name: "acme2/shop", FormerOwners: []string{"Acme"}, Visibility: "private", Properties: map[string][]string{}},
			"coverage.patch.min=91:5", 0, 20,
		},
	} {
		controls := controlsOf("", file, "version: 1\nsize: {s: 20}\n")
		if c.s != 20 {
			controls = controlsOf("", file, "version: 1\n")
		}
		controls.Organisation.Traits = c.traits
		r := Resolve(controls, nil, rules)
		if got := raisedText(r.Raised); got != c.raised || len(r.Notes) != c.notes || r.Settings.Size.S != c.s {
			t.Errorf("%s: raised %q, size.s %d, notes %q (%v)", name, got, r.Settings.Size.S, r.Notes, r.Errors)
		}
	}
	if w := WavesOf("o.yml", []byte("version: 1\nwaves: [1 %, 10, 100 %]\nwave_minutes: 5\n")); !reflect.DeepEqual(w,
		Waves{[]float64{1, 10, 100}, 5, 2}) {
		t.Errorf("the waves are %+v", w)
	}
}

// TestTheServersFloorHoldsAsWell holds that of two floors the stricter one wins, value by value.
func TestTheServersFloorHoldsAsWell(t *testing.T) {
	controls := controlsOf(
		"acme/shop",
		"version: 1\ndefaults: {size: {s: 17}}\nfloor: {size: {fail_over: 500, files_over: 9}}\n",
		"",
	)
	controls.Organisation.Server = &change.File{
		Path: "server.yml",
		Content: []byte("version: 1\ndefaults: {size: {s: 18, m: 60}}\n" +
			"floor: {size: {fail_over: 400, files_over: 30}}\n"),
	}
	r := Resolve(controls, nil, rules)
	if got := raisedText(r.Raised); got != "size.fail_over=400:3 size.files_over=9:3" || r.Settings.Size.S != 17 ||
		r.Settings.Size.M != 60 {
		t.Errorf("raised %q, size %+v", got, r.Settings.Size)
	}
	values, problems := Explain(controls, rules)
	froms := map[string]string{}
	for _, v := range values {
		froms[v.Key] = v.From + " " + v.File
	}
	if len(problems) > 0 || froms["size.m"] != "server server.yml" || froms["size.s"] != "organisation acme/.github lintel.yml" ||
		froms["size.fail_over"] != "floor server.yml" {
		t.Errorf("provenance: %v, %v", froms, problems)
	}
}

// TestOrdersNameKeys holds that each order is of a documented key, and that each family has some.
func TestOrdersNameKeys(t *testing.T) {
	documented := map[string]bool{}
	for _, k := range keys {
		documented[k.path] = true
	}
	for name := range orders {
		if !documented[name] {
			t.Errorf("orders has %s, which is no key of the settings", name)
		}
	}
}

// TestMeet holds the laws that make the order of floors irrelevant, and that a floor never makes anything laxer.
func TestMeet(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	values := map[reflect.Kind]func() any{
		reflect.Float64: func() any { return float64(random.IntN(4)) },
		reflect.Bool:    func() any { return random.IntN(2) == 0 },
		reflect.Slice: func() any {
			out := []any{}
			for _, x := range []string{"a", "b", "c"} {
				if random.IntN(2) == 0 {
					out = append(out, x)
				}
			}
			return out
		},
	}
	tree := treeOf(filled())
	put(tree, []string{"coverage", "flags", "*"}, treeOfFlag(t))
	put(tree, []string{"coverage", "paths", "*"}, map[string]any{"patch": 0.0, "project": 0.0})
	put(tree, []string{"lint", "severity", "*"}, "error")
	for name, o := range orders {
		kind := reflect.TypeOf(at(tree, strings.Split(name, ".")))
		pick := func() any {
			words := strings.Split(o.word, " < ")
			return words[random.IntN(len(words))]
		}
		switch {
		case kind == nil:
			pick = values[reflect.Float64] // max_drop, which is null when it is not given
		case kind.Kind() != reflect.String:
			pick = values[kind.Kind()]
		}
		if pick == nil {
			t.Fatalf("%s has values of kind %s", name, kind)
		}
		for range 200 {
			a, b, c := pick(), pick(), pick()
			if !sameValue(o.meet(a, b), o.meet(b, a)) {
				t.Errorf("%s: %v with %v is not %v with %v", name, a, b, b, a)
			}
			if !sameValue(o.meet(a, o.meet(b, c)), o.meet(o.meet(a, b), c)) {
				t.Errorf("%s is not associative at %v, %v, %v", name, a, b, c)
			}
			if !sameValue(o.meet(a, a), a) || !sameValue(o.meet(o.meet(a, b), b), o.meet(a, b)) {
				t.Errorf("%s is not idempotent at %v, %v", name, a, b)
			}
		}
	}
}

func treeOfFlag(t *testing.T) map[string]any {
	t.Helper()
	raw, err := json.Marshal(CoverageFlag{Paths: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// sameValue compares values; lists as sets.
func sameValue(a, b any) bool {
	x, list := a.([]any)
	y, both := b.([]any)
	if !list || !both {
		return reflect.DeepEqual(a, b)
	}
	return len(x) == len(y) && !slices.ContainsFunc(x, func(v any) bool { return !holds(y, v) })
}

// FuzzOrganisation holds that any file gives problems or layers, and that what comes out is never laxer than the floor.
func FuzzOrganisation(f *testing.F) {
	f.Add(acme, "version: 1\nsize: {fail_over: 0}\n")
	f.Add(
		"version: 1\nfloor: {lint: {severity: {eslint: error}}, secrets: {allow: []}}\n",
		"version: 1\nlint: {severity: {eslint: \"off\"}}\n",
	)
	f.Add("version: 1\nfloor: {coverage: {flags: {u: {max_drop: 1}}}}\n", "version: 1\ncoverage: {flags: {u: {max_drop: 3}}}\n")
	f.Fuzz(func(t *testing.T, organisation, own string) {
		c := controlsOf("acme/shop", organisation, own)
		r := Resolve(c, nil, rules)
		if !r.Decided() {
			return
		}
		l, problems := layersOf(c, rules)
		if len(problems) > 0 {
			t.Fatalf("settings were found under an organisation's file with %v", problems)
		}
		again, raised := l.raise(r.Settings)
		if d := cmp.Diff(Canonical(r.Settings), Canonical(again)); d != "" {
			t.Errorf("raising twice changes %s: %v", d, raised)
		}
		if doc, problems := document.Parse(Path, Canonical(again), 1<<20); doc == nil {
			t.Errorf("the settings cannot be written: %v", problems)
		}
	})
}

// TestChecksOfAFloor: a repository may add checks to those of the floor, and neither remove nor change them.
func TestChecksOfAFloor(t *testing.T) {
	const floor = "version: 1\nfloor: {checks: [{name: scan, tool: gitleaks, required: true}]}\n" +
		"defaults: {checks: [{name: fmt, tool: gofmt}]}\n"
	for own, want := range map[string]string{
		"version: 1\n":             "fmt gofmt, scan gitleaks",
		"version: 1\nchecks: []\n": "scan gitleaks",
		"version: 1\nchecks: [{name: vet, tool: go vet}]\n":                    "scan gitleaks, vet go vet",
		"version: 1\nchecks: [{name: scan, tool: gofmt}]\n":                    "scan gitleaks",
		"version: 1\nchecks: [{name: scan, tool: gitleaks, mode: off}]\n":      "scan gitleaks",
		"version: 1\nchecks: [{name: scan, tool: gitleaks, required: true}]\n": "scan gitleaks",
	} {
		controls := change.Controls{
			Files:        map[string]change.File{Path: {Path: Path, Blob: "b", Content: []byte(own), Size: int64(len(own))}},
			Organisation: &change.Organisation{Own: &change.File{Path: "org.yml", Content: []byte(floor)}},
		}
		r := Resolve(controls, nil, nil)
		var got []string
		for _, c := range r.Settings.Checks {
			got = append(got, c.Name+" "+c.Tool)
			if c.Name == "scan" && (!c.Required || c.Mode != "enforce" || c.Report.Format != "sarif") {
				t.Errorf("%q: the floor's check is %+v", own, c)
			}
		}
		if text := strings.Join(got, ", "); text != want || !r.Decided() {
			t.Errorf("%q: %s, want %s (%s)", own, text, want, r.Reason)
		}
		file := controls.Files[Path]
		problems := Preview(&file, controls, nil).Errors
		if changes := strings.Contains(own, "scan, tool: gofmt") || strings.Contains(own, "off"); (len(problems) > 0) != changes {
			t.Errorf("%q: the preview says %v", own, problems)
		}
	}
}
