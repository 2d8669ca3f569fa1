package settings

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/rollout"
)

var noon = time.Date(2027, 2, 1, 12, 0, 0, 0, time.UTC)

// settledAt are settings as they hold for a repository at a moment.
func settledAt(s Settings, repository int64, moment time.Time) Settings {
	return s.Settle(s.Experiments(repository, moment))
}

func parsed(t *testing.T, text string) Settings {
	t.Helper()
	s, problems := Parse(Path, []byte("version: 1\n"+text), rules)
	if len(problems) > 0 {
		t.Fatalf("%s: %v", text, problems)
	}
	return s
}

// chosen finds a repository inside and one outside of a share for a name.
func chosen(name string, percent int) (in, out int64) {
	for id := int64(1); in == 0 || out == 0; id++ {
		if (rollout.Window{Percent: percent}).State(id, name, noon) == rollout.Applies {
			in = id
		} else {
			out = id
		}
	}
	return in, out
}

func TestSettle(t *testing.T) {
	in, out := chosen("size", 25)
	ruleIn, ruleOut := chosen("size/lines", 50)
	for _, c := range []struct {
		text       string
		repository int64
		def        finding.Mode
		want       finding.Mode
	}{
		{"size: {mode: enforce, rollout: 25}", in, finding.Warn, finding.Enforce},
		{"size: {mode: enforce, rollout: 25}", out, finding.Shadow, finding.Shadow},
		{"size: {mode: enforce, rollout: 25}", out, finding.Enforce, finding.Warn},
		{"size: {mode: warn, rollout: 25}", out, finding.Enforce, finding.Shadow},
		{"size: {mode: shadow, rollout: 25}", out, finding.Enforce, finding.Off},
		{"size: {mode: enforce, rollout: 25, otherwise: shadow}", out, finding.Enforce, finding.Shadow},
		{"size: {mode: enforce, rollout: 25, otherwise: off}", out, finding.Enforce, finding.Off},
		{"size: {mode: enforce, rollout: 25}", 0, finding.Enforce, finding.Warn},
		{"size: {mode: enforce, rollout: 100}", 0, finding.Warn, finding.Enforce},
		{"size: {mode: enforce, from: 2027-02-02}", in, finding.Warn, finding.Warn},
		{"size: {mode: enforce, from: 2027-02-01, until: 2027-02-01}", in, finding.Warn, finding.Enforce},
		{"size: {mode: enforce, until: 2027-01-31, otherwise: shadow}", in, finding.Warn, finding.Shadow},
		// A rule falls to its family, and its own setting goes before a family that fell.
		{"size: {mode: warn}\nrules: {size/lines: {mode: enforce, rollout: 50}}", ruleIn, finding.Off, finding.Enforce},
		{"size: {mode: warn}\nrules: {size/lines: {mode: enforce, rollout: 50}}", ruleOut, finding.Off, finding.Warn},
		{"size: {mode: enforce}\nrules: {size/lines: {mode: warn, rollout: 0}}", ruleOut, finding.Off, finding.Shadow},
		{"size: {mode: enforce, rollout: 0}\nrules: {size/lines: {mode: enforce}}", out, finding.Off, finding.Enforce},
		{"size: {mode: shadow, rollout: 0, otherwise: off}\nrules: {size/lines: {mode: enforce}}", out, finding.Warn, finding.Off},
	} {
		s := settledAt(parsed(t, c.text+"\n"), c.repository, noon)
		if got := s.ModeOf("size", "size/lines", c.def); got != c.want {
			t.Errorf("%s in %d with the default %s: %s, want %s", c.text, c.repository, c.def, got, c.want)
		}
	}
}

func TestExperiments(t *testing.T) {
	s := parsed(t, "size: {mode: enforce, until: 2027-01-31, owner: platform, reason: trying}\nlint: {mode: warn, owner: x}\n"+
		"rules: {commits/header: {mode: warn, rollout: 0}}\n")
	var got []string
	for _, e := range s.Experiments(3, noon) {
		got = append(got, fmt.Sprint(e.Name, " ", e.Mode, " ", e.State, " ", e.Owner))
	}
	if d := cmp.Diff([]string{"commits/header warn outside ", "size enforce ended platform"}, got); d != "" {
		t.Error(d)
	}
}

const staged = `version: 1
defaults: {size: {mode: enforce, rollout: 0, until: 2020-01-01, owner: org}, lint: {mode: enforce, rollout: 0}}
floor:
  commits: {mode: enforce, rollout: 50, otherwise: warn, reason: "slowly"}
  size: {mode: warn, from: 2027-03-01}
  rules: {ownership/approval: {mode: enforce}}
`

// TestAModeBringsItsOwnRollout holds that a repository's own mode is not rolled out as the organisation's was.
func TestAModeBringsItsOwnRollout(t *testing.T) {
	r := Resolve(controlsOf("acme/shop", staged, "version: 1\nsize: {mode: enforce, fail_over: 3}\n"), nil, rules)
	if r.Settings.Size.limited() || r.Settings.Size.Owner != "" || r.Settings.Size.FailOver != 3 {
		t.Errorf("the size of the repository's own file is %+v", r.Settings.Size)
	}
	if l := r.Settings.Lint; l.Percent == nil || *l.Percent != 0 || l.Mode != finding.Enforce {
		t.Errorf("lint by the organisation's defaults is %+v", l)
	}
}

func TestFloorsThatAreRolledOut(t *testing.T) {
	own := "version: 1\ncommits: {mode: 'off'}\nsize: {mode: 'off'}\n"
	in, out := chosen("commits", 50)
	r := Resolve(controlsOf("acme/shop", staged, own), nil, rules)
	if !r.Settings.Evaluates("commits") || !r.Settings.Evaluates("size") {
		t.Error("a family that a floor may switch on is not evaluated")
	}
	// What decides about reading files knows no repository: the floor asks everywhere.
	if got := r.Settings.ModeOf("commits", "commits/lines", finding.Shadow); got != finding.Enforce {
		t.Errorf("before it is settled, commits is %s", got)
	}
	if !r.Settings.Names("size", "size/lines") {
		t.Error("a floor that is rolled out does not name its family")
	}
	for _, c := range []struct {
		repository int64
		moment     time.Time
		family     string
		want       finding.Mode
	}{
		{in, noon, "commits", finding.Enforce},
		{out, noon, "commits", finding.Warn},
		{in, noon, "size", finding.Off},
		{in, noon.AddDate(0, 1, 0), "size", finding.Warn},
	} {
		s := settledAt(r.Settings, c.repository, c.moment)
		if got := s.ModeOf(c.family, c.family+"/lines", finding.Shadow); got != c.want {
			t.Errorf("%s in %d at %s is %s, want %s", c.family, c.repository, c.moment, got, c.want)
		}
	}
	proposal := Preview(
		&change.File{Path: Path, Blob: "b2", Content: []byte("version: 1\ncommits: {mode: shadow}\nsize: {mode: 'off'}\n" +
			"rules: {ownership/approval: {mode: enforce, rollout: 25}}\n")},
		controlsOf("acme/shop", staged, own), rules)
	var got []string
	for _, p := range proposal.Errors {
		line, _, _ := strings.Cut(p.String(), "; the floor holds")
		got = append(got, line)
	}
	want := []string{
		`.github/lintel.yml:2:17: commits.mode is laxer than the organisation's floor, "warn" (acme/.github lintel.yml:4)`,
		`.github/lintel.yml:4:54: rules.ownership/approval.rollout is laxer than the organisation's floor, "enforce" ` +
			`(acme/.github lintel.yml:6)`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("problems of a file that loosens:\n%s", d)
	}
	values, problems := Explain(controlsOf("acme/shop", staged, own), rules)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var said []string
	for _, v := range values {
		if v.From == "floor" {
			said = append(said, fmt.Sprintf("%s %s %d", v.Key, v.Value, v.Line))
		}
	}
	want = []string{
		`commits.mode {"name":"commits","mode":"enforce","rollout":50,"otherwise":"warn","reason":"slowly"} 4`,
		`rules.ownership/approval.mode "enforce" 6`,
		`size.mode {"name":"size","mode":"warn","from":"2027-03-01"} 5`,
	}
	if d := cmp.Diff(want, said); d != "" {
		t.Errorf("explained:\n%s", d)
	}
}

// TestFloorsOfRolloutsAreOrdered holds that floors with rollouts join like others: in any order, as often as one likes,
// and never to something laxer; and that more percent is never laxer.
func TestFloorsOfRolloutsAreOrdered(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	modes := []string{"shadow", "warn", "enforce"}
	// one makes a floor of one to three modes.
	one := func() *document.Document {
		var text strings.Builder
		for _, family := range []string{"commits", "size", "lint"}[:1+random.IntN(3)] {
			at := random.IntN(3)
			fmt.Fprintf(&text, "%s: {mode: %s", family, modes[at])
			if random.IntN(3) > 0 {
				fmt.Fprintf(&text, ", rollout: %d", 20*random.IntN(6))
				if at > 0 && random.IntN(2) == 0 {
					fmt.Fprintf(&text, ", otherwise: %s", modes[random.IntN(at)])
				}
			}
			switch random.IntN(4) {
			case 0:
				text.WriteString(", until: 2027-01-15")
			case 1:
				text.WriteString(", from: 2027-02-15")
			}
			text.WriteString("}\n")
		}
		doc, problems := document.Parse("floor", []byte(text.String()), MaxBytes)
		if len(problems) > 0 {
			t.Fatalf("%s: %v", text.String(), problems)
		}
		return doc
	}
	// modesUnder are the modes of some rules in a repository at a moment.
	modesUnder := func(own Settings, repository int64, moment time.Time, floors ...*document.Document) map[string]finding.Mode {
		s, _ := layers{floors: floors}.raise(own)
		s = settledAt(s, repository, moment)
		out := map[string]finding.Mode{}
		for _, family := range []string{"commits", "size", "lint"} {
			out[family] = s.ModeOf(family, family+"/lines", finding.Shadow)
		}
		return out
	}
	laxer := func(a, b map[string]finding.Mode) bool {
		for name := range a {
			if a[name].Cap(b[name]) != b[name] {
				return true
			}
		}
		return false
	}
	own := parsed(t, "size: {mode: warn, rollout: 40}\nlint: {mode: 'off'}\n")
	for range 300 {
		a, b, c := one(), one(), one()
		repository := random.Int64N(50)
		moment := noon.AddDate(0, random.IntN(3)-1, 0)
		all := modesUnder(own, repository, moment, a, b, c)
		if other := modesUnder(own, repository, moment, c, a, b, a, c); !reflect.DeepEqual(all, other) {
			t.Fatalf("another order gives %v, not %v", other, all)
		}
		if two := modesUnder(own, repository, moment, a, b); laxer(all, two) {
			t.Fatalf("a further floor makes %v of %v", all, two)
		}
		sa, _ := layers{floors: []*document.Document{a, b, c}}.raise(own)
		sb, _ := layers{floors: []*document.Document{c, b, b, a}}.raise(own)
		if d := cmp.Diff(string(Canonical(sa)), string(Canonical(sb))); d != "" {
			t.Fatalf("the settings differ by the order of floors: %s", d)
		}
		percent := random.IntN(100)
		less := parsed(t, fmt.Sprintf("size: {mode: enforce, rollout: %d, otherwise: shadow}\n", percent))
		more := parsed(t, fmt.Sprintf("size: {mode: enforce, rollout: %d, otherwise: shadow}\n", percent+1))
		if laxer(modesUnder(more, repository, moment, a), modesUnder(less, repository, moment, a)) {
			t.Fatalf("in repository %d, %d %% is stricter than one more", repository, percent)
		}
	}
}

func TestEnded(t *testing.T) {
	text := "version: 1\nsize: {mode: warn, until: 2027-01-31}\nlint: {mode: warn, until: 2027-02-01}\n" +
		"targets: [{floor: {rules: {size/lines: {mode: warn, until: 2020-01-01, reason: until}}}}]\nuntil: 2020-01-01\n"
	var got []string
	for _, p := range Ended("o.yml", []byte(text), noon) {
		line, _, _ := strings.Cut(p.String(), " and its")
		got = append(got, line)
	}
	want := []string{"o.yml:2:27: the rollout of size ended on 2027-01-31", "o.yml:4:60: the rollout of size/lines ended on 2020-01-01"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if all := Ended("o.yml", []byte("\t:"), noon); len(all) > 0 {
		t.Errorf("a broken file: %v", all)
	}
}

// FuzzRollout holds that a rollout which is accepted is one: days that are days, a share that is one, something laxer
// elsewhere; and that in no repository and on no day the mode is above the one that is rolled out.
func FuzzRollout(f *testing.F) {
	f.Add("enforce", "25", "2027-01-01", "2027-03-31", "shadow", "platform", int64(7), int64(1_800_000_000))
	f.Add("warn", "0x19", "2027-1-1", "tomorrow", "enforce", "\u202e", int64(0), int64(0))
	f.Add("off", "1e2", "0001-01-01", "9999-12-31", "off", "", int64(-1), int64(-1))
	f.Fuzz(func(t *testing.T, mode, percent, from, until, otherwise, owner string, repository, seconds int64) {
		text := fmt.Sprintf("version: 1\nsize: {mode: %s, rollout: %s, from: %s, until: %s, otherwise: %s, owner: %q}\n", mode, percent,
			from, until, otherwise, owner)
		s, problems := Parse(Path, []byte(text), rules)
		moment := time.Unix(seconds%200_000_000_000, 0)
		Ended(Path, []byte(text), moment)
		if len(problems) > 0 {
			return
		}
		r := s.Size.Rollout
		for _, day := range []string{r.From, r.Until} {
			if _, ok := rollout.Day(day); day != "" && !ok {
				t.Errorf("%q is taken for a day", day)
			}
		}
		if w := r.window(); w.Percent < 0 || w.Percent > 100 || r.From != "" && r.Until != "" && r.Until < r.From {
			t.Errorf("%s gives %+v", text, w)
		}
		if r.Otherwise != "" && s.Size.Mode != "" && r.Otherwise.Cap(s.Size.Mode) != r.Otherwise {
			t.Errorf("%s is laxer in the share than elsewhere", text)
		}
		if s.Size.Mode == "" {
			return
		}
		if got := settledAt(s, repository, moment).ModeOf("size", "size/lines", finding.Enforce); got.Cap(s.Size.Mode) != got {
			t.Errorf("%s gives %s", text, got)
		}
	})
}
