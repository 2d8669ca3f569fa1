//race:unwatched
package outcome

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/publish"
	"github.com/lintel-review/lintel/internal/render"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/thread"
	"github.com/lintel-review/lintel/internal/verdict"
	"github.com/lintel-review/lintel/internal/web"
)

// oneVerdict is a record of one change with one verdict.
type oneVerdict struct {
	record  change.Record
	verdict verdict.Verdict
	kept    map[string][]byte
}

func (s oneVerdict) Named(context.Context, change.Forge, string, string, int) ([]change.Record, error) {
	return []change.Record{s.record}, nil
}
func (s oneVerdict) NamedGroup(context.Context, change.Forge, string, string, string) ([]change.Record, error) {
	return nil, nil
}
func (s oneVerdict) SameCommit(context.Context, change.Record) ([]verdict.Peer, error) {
	return nil, nil
}
func (s oneVerdict) Verdicts(context.Context, change.Record, int) ([]verdict.Verdict, error) {
	return []verdict.Verdict{s.verdict}, nil
}
func (s oneVerdict) Evidence(_ context.Context, digest string) ([]byte, error) {
	if body, ok := s.kept[digest]; ok {
		return body, nil
	}
	return nil, change.ErrNotFound
}
func (s oneVerdict) Lines(context.Context, change.Key, int) ([]history.Line, error) { return nil, nil }
func (s oneVerdict) Effects(context.Context, change.Key, int) ([]effect.Posted, error) {
	return nil, nil
}
func (s oneVerdict) Consults(context.Context, change.Key, int) ([]consult.Consult, error) {
	return nil, nil
}
func (s oneVerdict) ConsultResult(context.Context, int64) ([]byte, error) {
	return nil, change.ErrNotFound
}
func (s oneVerdict) Findings(context.Context, change.Key) ([]thread.Finding, error) { return nil, nil }

// writers are the places where people read a verdict.
type writers struct {
	check, comment, page, laptop string
	title                        string
	commented                    bool
}

func writeAll(t *testing.T, engine *policy.Engine, d policy.Decision, draft bool) writers {
	t.Helper()
	ref := change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 7, Number: 12}, Owner: "acme", Name: "shop"}
	record := change.Record{Ref: ref, State: change.Open, Head: change.Rev{Ref: "cart", SHA: d.Head}, Generation: 1, Evaluated: 1}
	var w writers
	for _, e := range publish.Compose(publish.Input{
		Record: record, Snapshot: &change.Snapshot{Ref: ref, State: change.Open, Draft: draft, TakenAt: time.Unix(9, 0)}, Decision: d,
		Report:   settings.Presentation{Checks: "combined", Comment: "auto"},
		Standing: plan.Standing{Sequence: 1, Checks: map[string]effect.Posted{}}, Rules: engine.Rules(), Now: time.Unix(9, 0),
	}) {
		if e.Check != nil {
			w.title, w.check = e.Check.Title, e.Check.Summary+"\n"+e.Check.Text
		}
		if e.Comment != nil {
			w.comment, w.commented = e.Comment.Body, true
		}
	}
	body, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(body)
	digest := hex.EncodeToString(sum[:])
	capability, err := web.NewCapability([]byte(strings.Repeat("k", web.MinKey)))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	pages, err := web.NewPages(web.PageOptions{
		Record: oneVerdict{record,
			verdict.Verdict{Ref: ref, Target: d.Head, Head: d.Head, Conclusion: string(d.Conclusion), Decision: digest},
			map[string][]byte{digest: body}},
		Capability: capability, Families: engine.Families(), Rules: engine.Rules(), Gate: finding.Enforce, Log: log, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	health, err := web.NewHealth(log, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	web.Public(log, health, pages).ServeHTTP(answer,
		httptest.NewRequest("GET", capability.URL("http://lintel.example", ref), nil))
	w.page = answer.Body.String()
	var text strings.Builder
	if err := render.Write(&text, render.Text, Of(d), render.Options{}); err != nil {
		t.Fatal(err)
	}
	w.laptop = text.String()
	return w
}

// aDecision makes a decision of some shape: each finding's message is a word of its own, so that
// a test finds it wherever it is shown.
func aDecision(r *rand.Rand, engine *policy.Engine) policy.Decision {
	d := policy.Decision{
		Schema:     policy.DecisionVersion,
		Conclusion: effect.Success,
		Base:       strings.Repeat("b", 40),
		Head:       strings.Repeat("a", 40),
		Findings:   []finding.Finding{},
		Abstained:  []policy.Abstention{},
		Incomplete: []change.Gap{},
	}
	rules := engine.Rules()
	seen := map[string]bool{}
	for i := range []int{0, 1, 2, 3, 7, 12, 30}[r.IntN(7)] {
		rule := rules[r.IntN(len(rules))]
		for range 1 + r.IntN(3)*r.IntN(2) {
			f := finding.Finding{
				Rule:     rule.ID,
				Family:   rule.Family,
				Severity: rule.Severity,
				Title:    rule.Title,
				Docs:     rule.Docs,
				Message:  fmt.Sprintf("Told %d of %d.", len(d.Findings), i),
				Remedy:   "Fix it.",
			}
			f.Mode = []finding.Mode{finding.Enforce, finding.Warn, finding.Shadow}[r.IntN(3)]
			if seen[rule.ID] {
				// A rule has one mode.
				f.Mode = d.Findings[slices.IndexFunc(d.Findings, func(x finding.Finding) bool { return x.Rule == rule.ID })].Mode
			}
			seen[rule.ID] = true
			f.Blocking = f.Mode == finding.Enforce && f.Severity == finding.Error
			if r.IntN(2) == 0 {
				f.Path, f.Line, f.EndLine = fmt.Sprintf("cart/file%d.go", r.IntN(5)), r.IntN(9), 0
			}
			if r.IntN(3) == 0 {
				f.Remedy = fmt.Sprintf("Fix number %d.", len(d.Findings))
			}
			d.Findings = append(d.Findings, f)
		}
	}
	for _, rule := range rules {
		if seen[rule.ID] || r.IntN(9) > 0 {
			d.Judged = append(d.Judged, rule.ID)
			continue
		}
		d.Abstained = append(d.Abstained,
			policy.Abstention{
				Rule:   rule.ID,
				Family: rule.Family,
				Mode:   []finding.Mode{finding.Warn, finding.Shadow}[r.IntN(2)],
				Reason: "Nothing is known.",
			})
	}
	finding.Mark(d.Findings)
	for _, f := range engine.Families() {
		own := policy.FamilySuccess
		if slices.ContainsFunc(d.Abstained, func(a policy.Abstention) bool { return a.Family == f.Name && a.Mode != finding.Shadow }) {
			own = policy.FamilyAbstained
		}
		if slices.ContainsFunc(d.Findings, func(x finding.Finding) bool { return x.Family == f.Name && x.Blocking }) {
			own, d.Conclusion = policy.FamilyFailure, effect.Failure
		}
		d.Families = append(d.Families, policy.FamilyVerdict{Name: f.Name, Conclusion: own})
	}
	return d
}

var (
	numbered = regexp.MustCompile(`(?m)^(\d+)\. \*\*`)
	problems = regexp.MustCompile(`(\d+) problems? to solve before merging`)
)

// TestEveryWriterCountsTheSame: the check, the comment, the page and lintel check give one number of problems and one
// of remarks, and show each finding once, whatever the shape of the decision.
func TestEveryWriterCountsTheSame(t *testing.T) {
	t.Parallel()
	engine, err := builtin.Engine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var refusals, comments, passes int
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 7))
		d, draft := aDecision(r, engine), r.IntN(6) == 0
		w := writeAll(t, engine, d, draft)
		blocking, visible := len(d.Blocking()), len(d.Visible())
		wrong := func(format string, args ...any) {
			t.Errorf("seed %d, %d problems, %d remarks: %s", seed, blocking, visible-blocking, fmt.Sprintf(format, args...))
		}
		one := func(name, text string) {
			for _, m := range problems.FindAllStringSubmatch(text, -1) {
				if m[1] != fmt.Sprint(blocking) {
					wrong("%s says %q", name, m[0])
				}
			}
		}
		for name, text := range map[string]string{"the title": w.title, "the check": w.check, "the comment": w.comment,
			"the page": w.page} {
			one(name, text)
		}
		if blocking > 0 {
			refusals++
			if !problems.MatchString(w.title) || !problems.MatchString(w.page) ||
				!strings.Contains(w.laptop, text.Count(blocking, "finding")+" block") {
				wrong("not everyone says how many: %q\n%s", w.title, w.laptop)
			}
		} else if visible > 0 {
			passes++
			remarks := text.Count(visible, "remark")
			if !strings.Contains(w.title, remarks) || !strings.Contains(w.page, remarks+" below.") ||
				!strings.Contains(w.laptop, text.Count(visible, "finding")+" ") {
				wrong("not everyone says %q: %q\n%s", remarks, w.title, w.laptop)
			}
		}
		listed := numbered.FindAllStringSubmatch(w.check, -1)
		for i := range min(blocking, len(listed)) {
			if listed[i][1] != fmt.Sprint(i+1) {
				wrong("the check numbers %s in the place of %d", listed[i][1], i+1)
			}
		}
		if len(listed) != visible {
			wrong("the check lists %d", len(listed))
		}
		if w.commented {
			comments++
			if !problems.MatchString(w.comment) {
				wrong("the comment counts nothing:\n%s", w.comment)
			}
		}
		for _, f := range d.Findings {
			want := 1
			if f.Mode == finding.Shadow {
				want = 0
			}
			for name, text := range map[string]string{"the check": w.check, "the page": w.page, "lintel check": w.laptop} {
				if n := strings.Count(text, f.Message); n != want {
					wrong("%s tells %q of %s %d times, want %d", name, f.Message, f.Rule, n, want)
				}
			}
			if n := strings.Count(w.comment, f.Message); n > 1 || n == 1 && !f.Blocking {
				wrong("the comment tells %q of %s %d times", f.Message, f.Rule, n)
			}
		}
		if t.Failed() {
			_, _ = io.WriteString(t.Output(), w.check)
			break
		}
	}
	if refusals < 50 || comments < 30 || passes < 30 {
		t.Errorf("%d refusals, %d comments and %d passes with remarks are too few to prove anything", refusals, comments, passes)
	}
}
